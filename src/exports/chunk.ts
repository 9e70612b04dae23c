/** Predictions of the frames of one stored run, and how their numbers are written. */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';

/** Coordinates are rounded to 1e-4 px: float32 carries no more at the sizes of a video. Scores as well. */
export const DECIMALS = 1e4;

/** One keypoint of a frame; x and y are NaN where no peak was found. */
export interface Point {
  x: number;
  y: number;
  score: number;
}

export class Chunk {
  /** Frame numbers, counted from 0. */
  readonly frames: number[];
  /** As stored: [frames, K, 3], x px, y px, score. */
  readonly points: Float32Array;
  readonly #keypoints: number;
  readonly #times: Float64Array | null;

  /**
   * @param stored.points little-endian float32 [frames, K, 3]; @param stored.times little-endian float64 [frames].
   * @param keypoints K.
   */
  constructor(
    run: { firstFrame: number; frames: number; step: number },
    stored: { points: Uint8Array; times: Uint8Array | null },
    keypoints: number,
  ) {
    this.frames = Array.from({ length: run.frames }, (_, i) => run.firstFrame + i * run.step);
    this.#keypoints = keypoints;
    // Copies, because typed arrays must begin at a multiple of their elements' size.
    this.points = new Float32Array(new Uint8Array(stored.points).buffer);
    this.#times = stored.times && new Float64Array(new Uint8Array(stored.times).buffer);
  }

  /** @param index into `frames`; @param keypoint its channel. */
  point(index: number, keypoint: number): Point {
    const at = (index * this.#keypoints + keypoint) * NUMBERS_PER_POINT;
    return { x: this.points[at]!, y: this.points[at + 1]!, score: this.points[at + 2]! };
  }

  /** Seconds since the start of the video; null: not known. */
  time(index: number): number | null {
    return this.#times?.[index] ?? null;
  }

  /** Whether any keypoint was found in the frame. */
  isFound(index: number): boolean {
    const begin = index * this.#keypoints * NUMBERS_PER_POINT;
    const end = begin + this.#keypoints * NUMBERS_PER_POINT;
    for (let at = begin; at < end; at += NUMBERS_PER_POINT) if (!Number.isNaN(this.points[at]!)) return true;
    return false;
  }

  /** Frames in which any keypoint was found. */
  countFound(): number {
    let found = 0;
    for (let i = 0; i < this.frames.length; i++) if (this.isFound(i)) found++;
    return found;
  }

  /** SLEAP's score of a single instance: the sum of all peak values, those below the threshold included. */
  instanceScore(index: number): number {
    let sum = 0;
    const begin = index * this.#keypoints * NUMBERS_PER_POINT;
    const end = begin + this.#keypoints * NUMBERS_PER_POINT;
    for (let at = begin + 2; at < end; at += NUMBERS_PER_POINT) {
      const score = this.points[at]!;
      if (!Number.isNaN(score)) sum += score;
    }
    return sum;
  }
}

/** As it is written, as a number. */
export function roundedNumber(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}

/** As JSON: rounded, null for what is no number. */
export function rounded(value: number): string {
  return Number.isFinite(value) ? String(roundedNumber(value)) : 'null';
}
