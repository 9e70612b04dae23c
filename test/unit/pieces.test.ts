/** Wanted frames cut into pieces: none is lost, none comes twice, and each piece begins where decoding can. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FrameIndex } from '../../gpu-worker/media/frame-index.ts';
import { cutIntoPieces, type Piece, pieceBehind } from '../../gpu-worker/media/pieces.ts';
import { type FrameRun, isInRun } from '../../src/contract/frame-runs.ts';

function indexOf(frames: number, keys: readonly number[]): FrameIndex {
  const pts = new Float64Array(new SharedArrayBuffer(8 * frames));
  for (let i = 0; i < frames; i++) pts[i] = i;
  const keyFrames = new Uint32Array(new SharedArrayBuffer(4 * keys.length));
  keyFrames.set(keys);
  return { pts, keyFrames, unitSeconds: 0.04, startSeconds: 0, aimSeconds: 0 };
}

/** Every frame up to `frames` that is in one of the runs. */
function framesIn(runs: readonly FrameRun[], frames: number): number[] {
  return Array.from({ length: frames }, (_, i) => i).filter(frame => runs.some(run => isInRun(run, frame)));
}

const everyTenth = (frames: number) => Array.from({ length: Math.ceil(frames / 10) }, (_, i) => 10 * i);
const all: FrameRun = { first: 0, last: Number.POSITIVE_INFINITY, step: 1 };

const video = fc
  .record({ frames: fc.integer({ min: 1, max: 3000 }), keys: fc.array(fc.nat(2999), { maxLength: 40 }) })
  .map(({ frames, keys }) => {
    const sorted = [...new Set(keys)].filter(key => key < frames).toSorted((a, b) => a - b);
    return { frames, keys: sorted, index: indexOf(frames, sorted) };
  });
/** Runs as parseFrameRuns() gives them: ascending, apart, one step. */
const wanted = fc
  .record({
    marks: fc.uniqueArray(fc.nat(3500), { minLength: 1, maxLength: 12 }),
    step: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })),
    isOpen: fc.boolean(),
  })
  .map(({ marks, step, isOpen }) => {
    const sorted = marks.toSorted((a, b) => a - b);
    const runs = sorted.flatMap((first, i): FrameRun[] => {
      if (i % 2 === 1) return [];
      const last = sorted[i + 1];
      return [{ first, last: last ?? (isOpen ? Number.POSITIVE_INFINITY : first), step }];
    });
    // Two marks beside each other would be one run.
    return runs.filter((run, i) => i === 0 || run.first > runs[i - 1]!.last + 1);
  });

describe('cutting into pieces', () => {
  test('gives every wanted frame of the video once, in order, each piece from a key frame on', () => {
    fc.assert(
      fc.property(video, wanted, fc.boolean(), ({ frames, keys, index }, runs, whole) => {
        const pieces = cutIntoPieces(runs, index, whole);
        expect(pieces.flatMap(piece => framesIn(piece.runs, frames))).toEqual(framesIn(runs, frames));
        for (const { from, runs } of pieces) {
          expect(runs.length).toBeGreaterThan(0);
          expect(from).toBe(keys.findLast(key => key <= runs[0]!.first) ?? 0);
          for (const run of runs) expect(isInRun(run, run.last)).toBe(true);
        }
      }),
    );
  });

  test('what is left of a piece behind a frame is what comes behind it', () => {
    fc.assert(
      fc.property(video, wanted, fc.nat(3500), ({ frames, keys, index }, runs, frame) => {
        for (const piece of cutIntoPieces(runs, index, true)) {
          const left = pieceBehind(piece, frame, index);
          expect(left ? framesIn(left.runs, frames) : []).toEqual(framesIn(piece.runs, frames).filter(i => i > frame));
          if (left) expect(left.from).toBe(keys.findLast(key => key <= left.runs[0]!.first) ?? 0);
        }
      }),
    );
  });

  const shape = (pieces: readonly Piece[]) => pieces.map(({ from, runs }) => [from, runs[0]!.first, runs.at(-1)!.last]);

  test('cuts at the first key frame from 400 frames on', () => {
    expect(shape(cutIntoPieces([all], indexOf(1000, everyTenth(1000)), false))).toEqual([
      [0, 0, 399],
      [400, 400, 799],
      [800, 800, 999],
    ]);
    expect(shape(cutIntoPieces([all], indexOf(1000, [0, 750]), false))).toEqual([
      [0, 0, 749],
      [750, 750, 999],
    ]);
  });

  test('skips a gap where a key frame makes that worth while, for one decoder too', () => {
    const runs = [all, all].map((run, i) => ({ ...run, first: i * 900, last: i * 900 + 9 }));
    expect(shape(cutIntoPieces(runs, indexOf(1000, everyTenth(1000)), true))).toEqual([
      [0, 0, 9],
      [900, 900, 909],
    ]);
    expect(shape(cutIntoPieces(runs, indexOf(1000, [0]), true))).toEqual([[0, 0, 909]]);
  });

  test('without an index there is one piece, from the start', () => {
    expect(cutIntoPieces([{ first: 7, last: 9, step: 1 }], null, false)).toEqual([
      { from: 0, runs: [{ first: 7, last: 9, step: 1 }] },
    ]);
    expect(cutIntoPieces([], null, false)).toEqual([]);
  });
});
