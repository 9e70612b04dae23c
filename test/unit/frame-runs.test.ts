/** Runs of frames: what people write becomes them, and taking frames out leaves exactly the others. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countFrames, type FrameRun, isInRun, parseFrameRuns, withoutFrames } from '../../src/contract/frame-runs.ts';

const END = Number.POSITIVE_INFINITY;

/** The frames of a video of `length` frames that are in one of the runs; a frame in two of them comes twice. */
function framesOf(runs: readonly FrameRun[], length: number): number[] {
  return Array.from({ length }, (_, index) => runs.filter(run => isInRun(run, index)).map(() => index)).flat();
}

describe('a text of frames', () => {
  test.each([
    [null, 1, [{ first: 0, last: END, step: 1 }]],
    ['7', 1, [{ first: 7, last: 7, step: 1 }]],
    [
      '0-9, 20 , 30-',
      5,
      [
        { first: 0, last: 9, step: 5 },
        { first: 20, last: 20, step: 5 },
        { first: 30, last: END, step: 5 },
      ],
    ],
    ['5-8,1-4,8-20', 1, [{ first: 1, last: 20, step: 1 }]],
    [
      '3-,1,9',
      1,
      [
        { first: 1, last: 1, step: 1 },
        { first: 3, last: END, step: 1 },
      ],
    ],
  ])('%j with step %i', (text, step, runs) => {
    expect(parseFrameRuns(text, step)).toEqual(runs);
  });

  test.each(['', 'a', '1-2-3', '5-4', '-3', '1,,2', '1.5', '1 2', '1'.repeat(10)])('that is none: %j', text => {
    expect(parseFrameRuns(text, 1)).toBeNull();
  });

  test('means the frames of its ranges, each once', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([first, more]) => ({ first, last: first + more }));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), ranges => {
        const text = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
        const expected = framesOf([{ first: 0, last: 99, step: 1 }], 100).filter(index =>
          ranges.some(({ first, last }) => index >= first && index <= last),
        );
        expect(framesOf(parseFrameRuns(text, 1)!, 100)).toEqual(expected);
      }),
    );
  });
});

test('frames are counted as they come in a video of any length', () => {
  const texts = fc.constantFrom(null, '0-', '3-40,50-', '10', '90-120');
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 7 }), fc.nat(100), (text, step, length) => {
      const runs = parseFrameRuns(text, step)!;
      expect(countFrames(runs, length)).toBe(framesOf(runs, length).length);
    }),
  );
});

test('what is left once some are done is all the others, in whatever pieces they were done', () => {
  const pieceLengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.boolean()), { minLength: 1 });
  fc.assert(
    fc.property(
      fc.constantFrom(null, '0-30,50-', '7-90'),
      fc.integer({ min: 1, max: 5 }),
      pieceLengths,
      (text, step, lengths) => {
        const wanted = parseFrameRuns(text, step)!;
        const done: FrameRun[] = [];
        const left: number[] = [];
        for (const run of wanted) {
          const frames = framesOf([run], 100);
          for (let i = 0; frames.length > 0; i++) {
            const [length, isDone] = lengths[i % lengths.length]!;
            const piece = frames.splice(0, length);
            if (isDone) done.push({ first: piece[0]!, last: piece.at(-1)!, step });
            else left.push(...piece);
          }
        }
        expect(framesOf(withoutFrames(wanted, done), 100)).toEqual(left);
      },
    ),
  );
});
