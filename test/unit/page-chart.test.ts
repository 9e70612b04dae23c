/** Ranges and marks of axes, outliers, and the keys that walk along a chart: what a chart decides before it draws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatClock, linearMarks, linearRange, logMarks, logRange } from '../../web/chart/marks.ts';
import { outlierRange } from '../../web/chart/outliers.ts';
import { nearestIdx, walk, zoomed } from '../../web/chart/walk.ts';

describe('axes', () => {
  const above0 = fc.double({ min: 1e-9, max: 1e6, noNaN: true });

  it('have at least two marks and not too many, all of them in range and in order, however narrow a logarithmic one is', () => {
    fc.assert(
      fc.property(
        above0,
        fc.double({ min: 1.0001, max: 1e8, noNaN: true }),
        fc.integer({ min: 4, max: 12 }),
        (min, ratio, most) => {
          const marks = logMarks(min, min * ratio, most);
          expect(marks.length).toBeLessThanOrEqual(most + 1);
          if (ratio > 1.05) expect(marks.length).toBeGreaterThanOrEqual(1);
          for (const mark of marks) expect(mark >= min * (1 - 1e-9) && mark <= min * ratio * (1 + 1e-9)).toBe(true);
          expect(marks).toEqual(marks.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  it('are marked at round numbers', () => {
    expect(logMarks(1.02e-3, 1.08e-3, 8)).toEqual([0.00102, 0.00104, 0.00106, 0.00108]);
    expect(logMarks(4e-4, 0.03, 8)).toEqual([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02]);
    expect(logMarks(1e-8, 1, 6)).toEqual([1e-8, 1e-6, 1e-4, 1e-2, 1]);
    expect(linearMarks(0, 0.032, 6)).toEqual([0, 0.01, 0.02, 0.03]);
  });

  it('leave room around the values, and none below 0 for values that are not', () => {
    expect(linearRange(0, 10)).toEqual([0, 10.5]);
    expect(linearRange(-1, 1)).toEqual([-1.1, 1.1]);
    expect(linearRange(3, 3)[1]).toBeGreaterThan(3);
    const [low, high] = logRange(1e-3, 1e-3);
    expect(low < 1e-3 && high > 1e-3).toBe(true);
    expect(logRange(null, null)).toEqual([1e-5, 1e-3]);
  });

  it('write time as a clock does', () => {
    expect(formatClock(3900, false)).toBe('1:05');
    expect(formatClock(30, true)).toBe('0:00:30');
    expect(formatClock(100 * 3600, false)).toBe('100:00');
  });
});

describe('outliers', () => {
  it('do not stretch the range, and are counted', () => {
    const column = [1000, ...Array.from({ length: 98 }, (_, i) => 1 + i / 100), null, Number.NaN, 500];
    expect(outlierRange([column], 0, column.length - 1)).toEqual({ min: 1.01, max: 1.97, outside: 3, total: 100 });
  });

  it('begin below the 2nd and above the 98th percentile, whatever the values and their order', () => {
    const column = fc.array(fc.oneof(fc.constant(null), fc.integer({ min: -20, max: 20 })), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(fc.array(column, { minLength: 1, maxLength: 3 }), columns => {
        const longest = Math.max(...columns.map(({ length }) => length));
        const sorted = columns
          .flat()
          .filter(value => value !== null)
          .sort((a, b) => a - b);
        const range = outlierRange(columns, 0, longest - 1);
        fc.pre(sorted.length > 0);
        const [min, max] = [0.02, 0.98].map(share => sorted[Math.floor((sorted.length - 1) * share)]!) as [
          number,
          number,
        ];
        const outside = sorted.filter(value => value < min || value > max).length;
        expect(range).toEqual({ min, max, outside, total: sorted.length });
      }),
    );
  });

  it('are looked for only in what is shown', () => {
    expect(
      outlierRange(
        [
          [9, 1, 1, 9],
          [9, 2, 2, 9],
        ],
        1,
        2,
      ),
    ).toEqual({ min: 1, max: 2, outside: 0, total: 4 });
    expect(outlierRange([[null]], 0, 0)).toBe(null);
  });
});

describe('keys', () => {
  it('walk from the newest epoch, and stop at the ends', () => {
    expect(walk('ArrowLeft', null, 10)).toBe(9);
    expect(walk('ArrowLeft', 0, 10)).toBe(0);
    expect(walk('ArrowRight', 9, 10)).toBe(9);
    expect(walk('PageUp', 500, 1000)).toBe(400);
    expect(walk('Home', 5, 10)).toBe(0);
    expect(walk('Escape', 5, 10)).toBe(null);
    expect(walk('a', 5, 10)).toBe(undefined);
  });

  it('zoom around a place, and never beyond what there is', () => {
    const extent = { min: 0, max: 100 };
    expect(zoomed(extent, extent, 50, 2)).toEqual({ min: 25, max: 75 });
    expect(zoomed(extent, extent, 0, 2)).toEqual({ min: 0, max: 50 });
    expect(zoomed({ min: 60, max: 100 }, extent, 60, 1 / 2)).toEqual({ min: 20, max: 100 });
    expect(zoomed({ min: 25, max: 75 }, extent, 50, 1 / 2)).toBe(null);
  });

  it('find the nearest datum as a search through all would', () => {
    const ascending = fc
      .uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 })
      .map(xs => xs.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(ascending, fc.integer({ min: -1100, max: 1100 }), (xs, x) => {
        const distance = Math.min(...xs.map(other => Math.abs(other - x)));
        expect(Math.abs(xs[nearestIdx(xs, x)]! - x)).toBe(distance);
      }),
    );
  });
});
