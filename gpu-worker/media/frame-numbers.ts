/**
 * Gives the frames that come out of one run of ffmpeg their numbers, and tells which of them are wanted.
 *
 * With an index the number is the place of the frame's time in it; what has no place, or does not ascend, is dropped and counted.
 * Without one frames are numbered as they come, from 0.
 */
import { type FrameRun, isInRun } from '../../src/contract/frame-runs.ts';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { type FrameIndex, frameAt, secondsOf } from './frame-index.ts';
import type { Piece } from './pieces.ts';

/** late: decoding began behind the first wanted frame; over: no wanted frame can come any more. */
export type Verdict = 'keep' | 'drop' | 'late' | 'over';

export interface FrameCounts {
  decoded: number;
  /** Of them, dropped: without a place in the index. */
  unknown: number;
  /** Of them, dropped: come twice, or behind a later one. */
  repeated: number;
}

/** What ffmpeg assumes where a video has no frame rate. */
const USUAL_FPS = 25;

export class FrameNumbers {
  readonly counts: FrameCounts = { decoded: 0, unknown: 0, repeated: 0 };
  /** Of the frame that came last; -1 before the first. */
  number = -1;
  timeSeconds = 0;
  readonly #piece: Piece;
  readonly #info: VideoInfo;
  readonly #index: FrameIndex | null;
  readonly #first: number;
  readonly #last: number;
  #run = 0;

  constructor(piece: Piece, info: VideoInfo, index: FrameIndex | null) {
    this.#piece = piece;
    this.#info = info;
    this.#index = index;
    this.#first = piece.runs[0]!.first;
    this.#last = piece.runs.at(-1)!.last;
  }

  /** @param time of the next frame: in the index's unit, or microseconds without one; NaN where it has none. */
  next(time: number): Verdict {
    const number = this.#index ? frameAt(this.#index, time, this.number + 1) : this.counts.decoded;
    this.counts.decoded++;
    if (number === null) {
      this.counts.unknown++;
      return 'drop';
    }
    if (number <= this.number) {
      this.counts.repeated++;
      return 'drop';
    }
    if (this.number < 0 && this.#piece.from > 0 && number > this.#first) return 'late';
    this.number = number;
    this.timeSeconds = this.#secondsAt(time);
    if (number > this.#last) return this.#endsBeforeTheVideo ? 'over' : 'drop';
    return this.#isWanted(number) ? 'keep' : 'drop';
  }

  /** Whether decoding can end here. The video's last frame is no place to: what is wrong with its end is only told behind it. */
  get isOver(): boolean {
    return this.number >= this.#last && this.#endsBeforeTheVideo;
  }

  get #endsBeforeTheVideo(): boolean {
    const frames = this.#index?.pts.length ?? this.#info.frames ?? Number.POSITIVE_INFINITY;
    return this.#last < frames - 1 && this.#last < Number.POSITIVE_INFINITY;
  }

  #secondsAt(time: number): number {
    if (this.#index) return secondsOf(this.#index, this.number);
    return Number.isNaN(time) ? this.number / (this.#info.fps ?? USUAL_FPS) : time / 1e6;
  }

  #isWanted(number: number): boolean {
    const runs: readonly FrameRun[] = this.#piece.runs;
    while (this.#run < runs.length - 1 && number > runs[this.#run]!.last) this.#run++;
    return isInRun(runs[this.#run]!, number);
  }
}
