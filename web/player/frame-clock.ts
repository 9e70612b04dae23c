/**
 * Which frame is shown when: between a player's seconds and numbers of frames, by the times that the service gave with its predictions.
 * These are the presentation times of the very frames that were predicted, so videos of a variable rate, with a first frame later than 0 or
 * with gaps are right. Frames that were not predicted are placed evenly between their neighbours that were, and by the frame rate outside.
 */
import type { PredictionColumns } from './prediction-columns.ts';

/** What is assumed where neither times nor the video say a rate, as ffmpeg does. */
export const USUAL_FPS = 25;

export interface VideoLength {
  /** null: not known. */
  fps: number | null;
  /** null: not known. */
  frames: number | null;
  /** Frames come at even intervals. */
  isEven: boolean;
}

export class FrameClock {
  readonly #columns: PredictionColumns;
  readonly #video: VideoLength;

  /** @param columns may grow afterwards. */
  constructor(columns: PredictionColumns, video: VideoLength) {
    this.#columns = columns;
    this.#video = video;
  }

  /** How many frames there are: what the container claims, or as many as were predicted, whichever is more. */
  get frames(): number {
    const { length } = this.#columns;
    return Math.max(this.#video.frames ?? 0, length > 0 ? this.#columns.frame(length - 1) + 1 : 0);
  }

  /** Seconds between two frames where there are no two to measure it by. */
  get intervalSeconds(): number {
    return 1 / (this.#video.fps || USUAL_FPS);
  }

  /** The frame whose time is nearest: for the exact time of a frame that was shown, half a frame off at most. */
  frameAt(seconds: number): number {
    return this.#clamped(Math.round(this.#placeAt(seconds)));
  }

  /** The frame that is in sight at any time until the next one comes: for a player that tells no times of frames. */
  frameDuring(seconds: number): number {
    // A time that is rounded down by a microsecond belongs to the frame that begins there.
    return this.#clamped(Math.floor(this.#placeAt(seconds + 1e-6) + 1e-6));
  }

  /** How many of the frames up to the last predicted one a player that ends at this time never shows. */
  framesBehindEnd(endSeconds: number): number {
    const { length } = this.#columns;
    if (length === 0) return 0;
    // Not all round alike; a frame that comes into sight as the player ends is still shown.
    const last = this.frameDuring(endSeconds + this.intervalSeconds / 2);
    return Math.max(0, this.#columns.frame(length - 1) - last);
  }

  /** When the frame comes into sight. */
  secondsOf(frame: number): number {
    const columns = this.#columns;
    const row = columns.rowUpTo(frame);
    const { length } = columns;
    if (length === 0) return frame * this.intervalSeconds;
    if (row < 0) return Math.max(0, columns.seconds(0) - (columns.frame(0) - frame) * this.intervalSeconds);
    const behind = frame - columns.frame(row);
    if (behind === 0) return columns.seconds(row);
    if (row === length - 1) return columns.seconds(row) + behind * this.intervalSeconds;
    const share = behind / (columns.frame(row + 1) - columns.frame(row));
    return columns.seconds(row) + share * (columns.seconds(row + 1) - columns.seconds(row));
  }

  /** Where to seek so that this frame is shown: the middle of its time, for at its very beginning some browsers show the one before. */
  aimFor(frame: number): number {
    return (this.secondsOf(frame) + this.secondsOf(frame + 1)) / 2;
  }

  /**
   * How much later a player counts than the predictions do. These count from the start of the file; a player may begin at 0 though the
   * first frame comes later, as Chromium does. @param firstSeconds when the player shows frame 0.
   */
  delayOf(firstSeconds: number): number {
    const isKnown = this.#columns.rowOf(0) !== null || this.#video.isEven;
    const delay = firstSeconds - this.secondsOf(0);
    return isKnown && Math.abs(delay) > this.intervalSeconds / 2 ? delay : 0;
  }

  /** A frame's number with a fraction: 4.5 is halfway between frames 4 and 5. */
  #placeAt(seconds: number): number {
    const columns = this.#columns;
    const { length } = columns;
    if (length === 0) return seconds / this.intervalSeconds;
    const row = columns.rowAt(seconds);
    if (row < 0) return columns.frame(0) - (columns.seconds(0) - seconds) / this.intervalSeconds;
    const since = seconds - columns.seconds(row);
    if (row === length - 1) return columns.frame(row) + since / this.intervalSeconds;
    const share = since / (columns.seconds(row + 1) - columns.seconds(row));
    return columns.frame(row) + share * (columns.frame(row + 1) - columns.frame(row));
  }

  #clamped(frame: number): number {
    return Math.max(0, Math.min(frame, this.frames - 1));
  }
}
