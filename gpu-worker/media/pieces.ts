/**
 * Cuts the wanted frames of a video at key frames into pieces that can be decoded apart from each other.
 *
 * A piece is some hundred frames to decode: a few seconds, against 30 ms to begin one. Where key frames are far apart pieces are long.
 * What lies between wanted frames is skipped where a key frame makes that worth while.
 */
import type { FrameRun } from '../../src/contract/frame-runs.ts';
import { type FrameIndex, keyFrameBefore, keyFrameFrom } from './frame-index.ts';

export interface Piece {
  /** Where decoding begins: 0, or a key frame at or before the first wanted frame. */
  from: number;
  /** The wanted frames, never empty: ascending, apart from each other. */
  runs: FrameRun[];
}

/** Fewest frames of a piece, counted from its key frame; the last piece may have fewer. */
const PIECE_FRAMES = 400;
/** Fewest frames that are worth beginning anew rather than decoding and dropping them. */
const GAP_FRAMES = 100;

/**
 * @param runs ascending, apart from each other.
 * @param whole no cut but for gaps: one decoder needs none.
 * @returns pieces whose runs together are the wanted frames that the index has; without an index one piece.
 */
export function cutIntoPieces(runs: readonly FrameRun[], index: FrameIndex | null, whole: boolean): Piece[] {
  if (!index) return runs.length === 0 ? [] : [{ from: 0, runs: [...runs] }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const run of stretches(runs, index.pts.length)) {
    let rest: FrameRun | null = run;
    while (rest) {
      const key = keyFrameBefore(index, rest.first);
      const before = pieces.at(-1);
      if (!before || rest.first >= end || key - before.runs.at(-1)!.last >= GAP_FRAMES) {
        pieces.push({ from: key, runs: [] });
        end = whole ? Number.POSITIVE_INFINITY : keyFrameFrom(index, key + PIECE_FRAMES);
      }
      const part = upTo(rest, end - 1);
      pieces.at(-1)!.runs.push(part);
      rest = behind(rest, part.last);
    }
  }
  return pieces;
}

/** The runs within the video; widely spaced frames are runs of their own, between which a cut may be. */
function* stretches(runs: readonly FrameRun[], frames: number): Generator<FrameRun> {
  for (const run of runs) {
    const { first, last, step } = upTo(run, frames - 1);
    if (step < GAP_FRAMES) {
      if (first <= last) yield { first, last, step };
    } else {
      for (let frame = first; frame <= last; frame += step) yield { first: frame, last: frame, step };
    }
  }
}

/** The run's frames up to `limit`; its last is one of them. */
function upTo({ first, last, step }: FrameRun, limit: number): FrameRun {
  const end = Math.min(last, limit);
  return { first, last: end === Number.POSITIVE_INFINITY ? end : end - ((end - first) % step), step };
}

/** What is left of a run behind `frame`, one of its own; null: nothing. */
function behind(run: FrameRun, frame: number): FrameRun | null {
  const first = frame + run.step;
  return first <= run.last ? { ...run, first } : null;
}

/** The piece without its frames up to `frame`; null where none is left. */
export function pieceBehind({ from, runs }: Piece, frame: number, index: FrameIndex | null): Piece | null {
  const left = runs.flatMap(run => {
    const done = Math.floor((frame - run.first) / run.step) + 1;
    return done <= 0 ? [run] : (behind(run, run.first + (done - 1) * run.step) ?? []);
  });
  const [next] = left;
  if (!next) return null;
  return { from: index ? keyFrameBefore(index, next.first) : from, runs: left };
}
