/**
 * All that was found in a video, in typed columns: 12 bytes a point, so that 100,000 frames of 17 keypoints take some 22 MB instead of the
 * gigabyte of as many objects. Points lie in pieces of the same size, which are never moved while the columns grow.
 *
 * Frames may have gaps, since only some may have been predicted: `row` is a place in the columns, `frame` a number in the video.
 */
import type { PredictedFrame } from '../../src/contract/inference-resource.ts';

/** Places of a point's numbers. */
export const COORDINATES = ['x', 'y', 'score'] as const;
export type Coordinate = (typeof COORDINATES)[number];
const NUMBERS = COORDINATES.length;
const [X, Y, SCORE] = [0, 1, 2];

/** A power of two, since a place is looked for millions of times. */
const PIECE_BITS = 12;
const PIECE_ROWS = 1 << PIECE_BITS;
const FIRST_ROWS = 1024;
/** Scores are counted by hundredths, the steps of the threshold. */
const HUNDREDTHS = 100;

export class PredictionColumns {
  readonly keypoints: readonly string[];
  /** How many rows there are. */
  length = 0;
  #frames = new Int32Array(FIRST_ROWS);
  #times = new Float64Array(FIRST_ROWS);
  /** Each [PIECE_ROWS, K, 3]: x px, y px, score; x and y are NaN where nothing was found. */
  readonly #pieces: Float32Array[] = [];
  /** Found points by their score's hundredth. */
  readonly #scores = new Uint32Array(HUNDREDTHS + 1);
  #found = 0;

  constructor(keypoints: readonly string[]) {
    this.keypoints = keypoints;
  }

  /** Behind all others. @param fallbackSeconds its time where the service knows none. */
  add({ frame, time, keypoints }: PredictedFrame, fallbackSeconds: number): void {
    if (this.length === this.#frames.length) this.#grow();
    if (this.length % PIECE_ROWS === 0) {
      this.#pieces.push(new Float32Array(PIECE_ROWS * this.keypoints.length * NUMBERS));
    }
    const row = this.length++;
    this.#frames[row] = frame;
    this.#times[row] = time ?? fallbackSeconds;
    const piece = this.#pieces.at(-1)!;
    let at = (row % PIECE_ROWS) * this.keypoints.length * NUMBERS;
    for (const name of this.keypoints) {
      const [x, y, score] = keypoints[name] ?? [null, null, null];
      piece[at + X] = x ?? Number.NaN;
      piece[at + Y] = y ?? Number.NaN;
      piece[at + SCORE] = score ?? Number.NaN;
      at += NUMBERS;
      if (x !== null) this.#count(score ?? 1);
    }
  }

  /** Its number in the video. */
  frame(row: number): number {
    return this.#frames[row]!;
  }

  seconds(row: number): number {
    return this.#times[row]!;
  }

  /** @param number which of COORDINATES. @returns px or a score; NaN where nothing was found. */
  value(row: number, keypoint: number, number: number): number {
    const piece = this.#pieces[row >>> PIECE_BITS]!;
    return piece[((row & (PIECE_ROWS - 1)) * this.keypoints.length + keypoint) * NUMBERS + number]!;
  }

  /** [x, y, score] of a point that was found, else null. A score that nobody gave is 1. */
  point(row: number, keypoint: number): [number, number, number] | null {
    const x = this.value(row, keypoint, X);
    if (Number.isNaN(x)) return null;
    const score = this.value(row, keypoint, SCORE);
    return [x, this.value(row, keypoint, Y), Number.isNaN(score) ? 1 : score];
  }

  /** All keypoints of a row, as point(). */
  pose(row: number): ([number, number, number] | null)[] {
    return this.keypoints.map((_, k) => this.point(row, k));
  }

  /** The last row whose frame is not behind `frame`; -1: there is none. */
  rowUpTo(frame: number): number {
    return lastUpTo(this.length, row => this.#frames[row]!, frame);
  }

  /** The last row that is shown at `seconds` or before; -1: there is none. */
  rowAt(seconds: number): number {
    return lastUpTo(this.length, row => this.#times[row]!, seconds);
  }

  /** The row of a frame; null: it was not predicted. */
  rowOf(frame: number): number | null {
    const row = this.rowUpTo(frame);
    return row >= 0 && this.#frames[row] === frame ? row : null;
  }

  /** How many points of all frames were found. */
  get found(): number {
    return this.#found;
  }

  /** How many of them have a score below a threshold of whole hundredths. */
  foundBelow(threshold: number): number {
    let below = 0;
    for (let at = 0; at < Math.round(threshold * HUNDREDTHS); at++) below += this.#scores[at]!;
    return below;
  }

  #count(score: number): void {
    // Stored as float32: 0.29 comes a little below 29 hundredths.
    const hundredth = Math.floor(score * HUNDREDTHS + 1e-4);
    this.#scores[Math.max(0, Math.min(HUNDREDTHS, hundredth))]! += 1;
    this.#found++;
  }

  #grow(): void {
    const [frames, times] = [this.#frames, this.#times];
    this.#frames = new Int32Array(2 * this.length);
    this.#times = new Float64Array(2 * this.length);
    this.#frames.set(frames);
    this.#times.set(times);
  }
}

/** The last place of `count` ascending values whose value is at most `limit`; -1: there is none. */
function lastUpTo(count: number, valueAt: (place: number) => number, limit: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
