/** The smoothing of curves: the exponential mean of TensorBoard, freed of its bias. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Smoother, smooth } from '../../web/chart/smoothing.ts';

const weight = fc.double({ min: 0, max: 0.99, noNaN: true });
const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const values = fc.array(value, { minLength: 1, maxLength: 200 });
const withGaps = fc.array(fc.oneof({ weight: 4, arbitrary: value }, fc.constant(null)), { maxLength: 100 });

/** As its definition has it: weights fall by w from the newest to the oldest, and add up to 1. */
function weightedMean(seen: number[], w: number): number {
  let [sum, total] = [0, 0];
  seen.toReversed().forEach((x, age) => {
    sum += x * w ** age;
    total += w ** age;
  });
  return sum / total;
}

it('is the mean of all values so far, each weighted by how long ago it was', () => {
  fc.assert(
    fc.property(values, weight, (xs, w) => {
      const size = Math.max(1, ...xs.map(Math.abs));
      smooth(xs, w).forEach((smoothed, i) => {
        expect(Math.abs(smoothed! - weightedMean(xs.slice(0, i + 1), w))).toBeLessThan(size * 1e-9);
      });
    }),
  );
});

it('begins at the first value, whatever the weight', () => {
  fc.assert(
    fc.property(value, weight, (x, w) => {
      expect(smooth([x, 7], w)[0]).toBe(x);
    }),
  );
});

it('keeps a constant exactly constant, without spikes', () => {
  fc.assert(
    fc.property(value, weight, (x, w) => {
      expect(new Set(smooth(Array(300).fill(x), w))).toEqual(new Set([x]));
    }),
  );
});

it('never leaves the range of the values it has seen', () => {
  fc.assert(
    fc.property(values, weight, (xs, w) => {
      const room = Math.max(...xs.map(Math.abs)) * 1e-12;
      smooth(xs, w).forEach((smoothed, i) => {
        const seen = xs.slice(0, i + 1);
        expect(smoothed).toBeGreaterThanOrEqual(Math.min(...seen) - room);
        expect(smoothed).toBeLessThanOrEqual(Math.max(...seen) + room);
      });
    }),
  );
});

it('changes nothing at the weight 0', () => {
  fc.assert(
    fc.property(withGaps, xs => {
      expect(smooth(xs, 0)).toEqual(xs);
    }),
  );
});

it('leaves gaps where they are, and goes on as if they had not been there', () => {
  fc.assert(
    fc.property(withGaps, weight, (xs, w) => {
      const smoothed = smooth(xs, w);
      expect(smoothed.map(x => x === null)).toEqual(xs.map(x => x === null));
      expect(smoothed.filter(x => x !== null)).toEqual(
        smooth(
          xs.filter(x => x !== null),
          w,
        ),
      );
    }),
  );
});

it('takes what is no number for a gap', () => {
  expect(smooth([1, Number.NaN, Number.POSITIVE_INFINITY, 1], 0.9)).toEqual([1, null, null, 1]);
});

it('gives the same value by value as all at once', () => {
  fc.assert(
    fc.property(withGaps, weight, (xs, w) => {
      const smoother = new Smoother(w);
      expect(xs.map(x => smoother.next(x))).toEqual(smooth(xs, w));
    }),
  );
});
