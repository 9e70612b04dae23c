/** Which validation frames a training is watched by. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseSamples } from '../../gpu-worker/train/samples.ts';

/** Labels of frames with so many of four keypoints visible. */
const labelled = (visible: number[]) =>
  visible.map(count => Float32Array.from({ length: 8 }, (_, i) => (i < 2 * count ? i : Number.NaN)));
/** Validation frames of a dataset whose other half trains. */
const everySecond = (count: number) => Array.from({ length: count }, (_, i) => 2 * i + 1);

it('takes all of six frames or fewer, and none where none validates', () => {
  for (let count = 0; count <= 6; count++)
    expect(chooseSamples(everySecond(count), labelled(Array(14).fill(1)))).toEqual(
      Array.from({ length: count }, (_, place) => place),
    );
});

it('takes of each sixth the frame with the most keypoints labelled, of several the first', () => {
  const visible = [1, 3, 2, /**/ 2, 2, 2, /**/ 0, 0, 1, /**/ 4, 4, 3, /**/ 1, 2, 4, /**/ 3, 1, 1];
  // Training frames between them have more: they are not asked.
  const points = labelled(visible.flatMap(count => [4, count]));
  expect(chooseSamples(everySecond(18), points)).toEqual([1, 3, 8, 9, 14, 15]);
});

it('takes six of any more, one of each sixth', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 7, maxLength: 200 }), visible => {
      const validation = visible.map((_, frame) => frame);
      const places = chooseSamples(validation, labelled(visible));
      expect(places).toHaveLength(6);
      places.forEach((place, i) => {
        expect(place).toBeGreaterThanOrEqual(Math.floor((i * visible.length) / 6));
        expect(place).toBeLessThan(((i + 1) * visible.length) / 6);
      });
    }),
  );
});
