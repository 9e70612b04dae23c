/** The thinning of traces: nothing that can be seen is lost, and no more than can be seen is kept. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pixelColumns, thinnedLine } from '../../web/player/trace-lines.ts';

const { NaN: none } = Number;
const thin = (values: readonly number[], framesPerColumn: number, frames?: readonly number[], longestStep = 1) => {
  const frame = (row: number) => frames?.[row] ?? row;
  const columns = pixelColumns(frame, { from: 0, to: values.length, framesPerColumn, longestStep });
  const { rows, isStart } = thinnedLine(row => values[row]!, columns);
  return { rows: [...rows], starts: [...rows].filter((_, i) => isStart[i] === 1) };
};

const value = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -99, max: 99 }) },
  { weight: 1, arbitrary: fc.constant(none) },
);
const line = fc.array(value, { maxLength: 300 });

describe('a thinned line', () => {
  it('keeps the lowest and the highest value of each column of pixels, in order, and two rows a column at most', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 2, max: 40 }), (values, perColumn) => {
        const { rows } = thin(values, perColumn);
        expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
        for (let first = 0; first < values.length; first += perColumn) {
          const found = values.slice(first, first + perColumn).filter(one => !Number.isNaN(one));
          const kept = rows.filter(row => row >= first && row < first + perColumn).map(row => values[row]!);
          expect(kept.length).toBeLessThanOrEqual(2);
          expect(kept.length === 0).toBe(found.length === 0);
          if (found.length === 0) continue;
          expect(Math.min(...kept)).toBe(Math.min(...found));
          expect(Math.max(...kept)).toBe(Math.max(...found));
        }
      }),
    );
  });

  it('keeps every value where each frame has pixels of its own, and begins anew behind each gap', () => {
    fc.assert(
      fc.property(line, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, perColumn) => {
        const { rows, starts } = thin(values, perColumn);
        expect(rows).toEqual(values.flatMap((one, row) => (Number.isNaN(one) ? [] : [row])));
        expect(starts).toEqual(rows.filter(row => row === 0 || Number.isNaN(values[row - 1]!)));
      }),
    );
  });

  it('is broken where frames between were not predicted, and whole where only each tenth was', () => {
    const frames = [0, 10, 20, 60, 70];
    expect(thin([1, 2, 3, 4, 5], 1, frames, 10).starts).toEqual([0, 3]);
    expect(thin([1, 2, 3, 4, 5], 1, frames, 9).starts).toEqual([0, 1, 2, 3, 4]);
  });

  it('hides a gap that is narrower than a column of pixels', () => {
    expect(thin([1, none, 2, none, none, none, 3, 4], 3).starts).toEqual([0, 6]);
  });
});
