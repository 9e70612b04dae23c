/** How fast frames are computed: the last one, the median of the newest, and frames a second as the reader sees them. */

/** Frames that count. */
const NEWEST = 60;
/** A longer pause between two frames is one that the reader made. */
const PAUSE_MS = 2000;

export interface FrameTimes {
  frames: number;
  /** Milliseconds of computing; null before the first frame. */
  lastMs: number | null;
  medianMs: number | null;
  /** null before two frames followed each other. */
  perSecond: number | null;
}

export class FrameTimer {
  #frames = 0;
  #computing: number[] = [];
  #ends: number[] = [];

  /** @param ms how long it was computed. @param nowMs when it was done. */
  add(ms: number, nowMs: number): FrameTimes {
    this.#frames += 1;
    if (nowMs - (this.#ends.at(-1) ?? nowMs) > PAUSE_MS) this.#ends = [];
    this.#computing = [...this.#computing, ms].slice(-NEWEST);
    this.#ends = [...this.#ends, nowMs].slice(-NEWEST);
    return this.times();
  }

  times(): FrameTimes {
    const sorted = this.#computing.toSorted((a, b) => a - b);
    const spanMs = this.#ends.at(-1)! - this.#ends[0]!;
    return {
      frames: this.#frames,
      lastMs: this.#computing.at(-1) ?? null,
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? null,
      perSecond: this.#ends.length > 1 && spanMs > 0 ? (1000 * (this.#ends.length - 1)) / spanMs : null,
    };
  }
}
