/** Predictions of the frames of one stored run, and how their numbers are written. */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import type { StoredRun } from './predictions.ts';

/** Coordinates are rounded to 1e-4 px: float32 carries no more at the sizes of a video. Scores as well. */
const DECIMALS = 1e4;

/** One keypoint of a frame; x and y are NaN where no peak was found. */
export interface Point {
  x: number;
  y: number;
  score: number;
}

export class Chunk {
  /** Frame numbers, counted from 0. */
  readonly frames: number[];
  readonly #keypoints: number;
  readonly #points: Float32Array;
  readonly #times: Float64Array | null;

  /**
   * @param stored.points little-endian float32 [frames, K, 3]; @param stored.times little-endian float64 [frames].
   * @param keypoints K.
   */
  constructor(
    run: Pick<StoredRun, 'firstFrame' | 'frames' | 'step'>,
    stored: { points: Uint8Array; times: Uint8Array | null },
    keypoints: number,
  ) {
    this.frames = Array.from({ length: run.frames }, (_, i) => run.firstFrame + i * run.step);
    this.#keypoints = keypoints;
    // Copies, because typed arrays must begin at a multiple of their elements' size.
    this.#points = new Float32Array(new Uint8Array(stored.points).buffer);
    this.#times = stored.times && new Float64Array(new Uint8Array(stored.times).buffer);
  }

  /** @param index into `frames`; @param keypoint its channel. */
  point(index: number, keypoint: number): Point {
    const at = (index * this.#keypoints + keypoint) * NUMBERS_PER_POINT;
    return { x: this.#points[at]!, y: this.#points[at + 1]!, score: this.#points[at + 2]! };
  }

  /** Seconds since the start of the video; null: not known. */
  time(index: number): number | null {
    return this.#times?.[index] ?? null;
  }

  /** Whether any keypoint was found in the frame. */
  isFound(index: number): boolean {
    for (let k = 0; k < this.#keypoints; k++) if (!Number.isNaN(this.point(index, k).x)) return true;
    return false;
  }

  /** SLEAP's score of a single instance: the sum of all peak values, those below the threshold included. */
  instanceScore(index: number): number {
    let sum = 0;
    for (let k = 0; k < this.#keypoints; k++) {
      const { score } = this.point(index, k);
      if (!Number.isNaN(score)) sum += score;
    }
    return sum;
  }
}

/** As JSON: rounded, null for NaN. */
export function rounded(value: number): string {
  return Number.isNaN(value) ? 'null' : String(Math.round(value * DECIMALS) / DECIMALS);
}
