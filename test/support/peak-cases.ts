/** Confidence maps for tests of peak finding on any backend: what each is called, its numbers and how its peaks are asked for. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { globalPeaks } from '../../gpu-worker/kernels/global-peaks.ts';
import { findGlobalPeaks, type GlobalPeaksAttrs } from '../../src/contract/global-peaks.ts';
import type { Shape4D } from './convolution.ts';

export const INTEGRAL: GlobalPeaksAttrs = { threshold: 0.2, refinement: 'integral', patchSize: 5 };

interface PeakCase {
  name: string;
  shape: Shape4D;
  values: Float32Array;
  attrs: GlobalPeaksAttrs;
}

const SHAPES: Shape4D[] = [
  ...([
    [1, 1, 1, 1],
    [2, 1, 9, 3],
    [3, 7, 1, 2],
    [1, 13, 11, 1],
    [5, 9, 14, 17],
  ] as Shape4D[]),
  ...([
    [2, 33, 31, 70],
    [1, 101, 97, 4],
    [4, 65, 40, 6],
    [1, 3, 5, 200],
    [1, 257, 301, 1],
  ] as Shape4D[]),
];
const REFINEMENTS: GlobalPeaksAttrs[] = [
  INTEGRAL,
  { ...INTEGRAL, patchSize: 9 },
  { ...INTEGRAL, refinement: 'local' },
  { ...INTEGRAL, refinement: null },
];

/** Numbers in [-1, 1], made before there is a backend. */
function random(shape: Shape4D, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** One map of 12 x 10 of `ground`, with these numbers in it. */
function sparse(ground: number, ...places: [row: number, column: number, value: number][]) {
  const values = new Float32Array(120).fill(ground);
  for (const [row, column, value] of places) values[10 * row + column] = value;
  return { shape: [1, 12, 10, 1] as Shape4D, values };
}

const { NaN: none, POSITIVE_INFINITY: infinite } = Number;

const ODD_MAPS: Record<string, ReturnType<typeof sparse>> = {
  'a flat map': sparse(0.5),
  'a map of zeros': sparse(0),
  'a negative map': sparse(-0.5, [4, 4, -0.25], [4, 5, -0.3]),
  'a map of nothing but NaN': sparse(none),
  'a map of -infinity': sparse(-infinite),
  'NaN before and beside the peak': sparse(0.1, [0, 0, none], [5, 5, 0.9], [5, 6, none], [11, 9, none]),
  'NaN far from the peak': sparse(0.1, [0, 0, none], [6, 6, 0.9], [6, 7, 0.5], [11, 0, none]),
  'an infinite peak': sparse(0.1, [5, 5, infinite], [5, 6, 0.8]),
  'zeros of both signs': sparse(-1, [3, 7, -0], [8, 2, 0]),
  'two peaks that do not meet': sparse(0.3, [3, 8, 0.9], [9, 2, 0.9]),
  'two peaks that do not meet, on zeros': sparse(0, [3, 8, 0.9], [9, 2, 0.9]),
  'a row of equal peaks': sparse(0, [4, 2, 0.7], [4, 3, 0.7], [4, 4, 0.7]),
  'a patch that sums to zero': sparse(0, [5, 5, 1], [5, 6, -0.5], [6, 5, -0.5]),
  'a mean outside of the patch': sparse(0, [5, 5, 1], [5, 6, -0.5], [5, 7, -0.375]),
  'numbers too large for their sum': sparse(0, [5, 5, 3e38], [5, 6, 2.9e38], [5, 4, 2.9e38]),
  'a peak above the first corner': sparse(0.05, [0, 0, 0.9], [0, 1, 0.4]),
  'a peak in the last corner': sparse(0.05, [11, 9, 0.9], [11, 8, 0.4]),
  'a peak at the border': sparse(0.05, [6, 0, 0.9], [7, 0, 0.4], [6, 1, 0.2]),
  'a peak of exactly the threshold': sparse(0.1, [6, 6, 0.2]),
  'a peak an ulp below the threshold': sparse(0.1, [6, 6, 0.2 - 2 ** -26]),
};

export const PEAK_CASES: PeakCase[] = [
  ...SHAPES.flatMap((shape, seed) =>
    REFINEMENTS.map(attrs => ({ name: `random ${shape.join(' x ')}`, shape, values: random(shape, seed + 1), attrs })),
  ),
  // Few different numbers: most maxima are shared.
  ...SHAPES.map((shape, seed) => {
    const values = random(shape, seed + 1).map(value => Math.round(2 * value) / 4);
    return { name: `ties in ${shape.join(' x ')}`, shape, values, attrs: { ...INTEGRAL, refinement: null } };
  }),
  ...Object.entries(ODD_MAPS).flatMap(([name, given]) =>
    REFINEMENTS.flatMap(attrs => [
      { name, ...given, attrs },
      { name: `${name}, whatever its height`, ...given, attrs: { ...attrs, threshold: -infinite } },
    ]),
  ),
].map(each => ({
  ...each,
  name: `${each.name}: ${each.attrs.refinement}${each.attrs.refinement === 'integral' ? ` ${each.attrs.patchSize}` : ''}`,
}));

/** Numbers, and NaN where there is NaN: places to a thousandth of a pixel, scores to the bit. */
export function expectPeaks(seen: Float32Array, expected: Float32Array): void {
  expect(seen.length).toBe(expected.length);
  for (const [i, number] of expected.entries()) {
    if (i % 3 === 2 || Number.isNaN(number)) expect(Math.abs(seen[i]!)).toBe(Math.abs(number));
    else expect(Math.abs(seen[i]! - number)).toBeLessThan(1e-3);
  }
}

/** On the active backend, beside the reference. @param run around the kernel, e.g. on poisoned memory. */
export async function checkCase(
  { shape, values, attrs }: PeakCase,
  run: (work: () => tf.Tensor3D) => tf.Tensor3D = tf.tidy,
): Promise<void> {
  const maps = tf.tensor4d(values.slice(), shape);
  const peaks = run(() => globalPeaks(maps, attrs));
  expect(peaks.shape).toEqual([shape[0], shape[3], 3]);
  expectPeaks(await peaks.data<'float32'>(), findGlobalPeaks(values, shape, attrs));
  tf.dispose([maps, peaks]);
}
