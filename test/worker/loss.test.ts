/** The loss against its definition, with numbers worked out by hand. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients, as the network does
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { trainingLoss } from '../../gpu-worker/train/loss.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const OFF = {
  online_mining: false,
  hard_to_easy_ratio: 2,
  min_hard_keypoints: 2,
  max_hard_keypoints: null,
  loss_scale: 5,
};
const MINING = { ...OFF, online_mining: true };
/** Two pixels of four keypoints; against zeros the sums of squares are 1, 1.5, 4 and 9, the mean is 15.5 / 8. */
const MAPS = [1, 1, 2, 3, 0, Math.sqrt(0.5), 0, 0];

async function lossOf(numbers: number[], mining: typeof MINING | typeof OFF, stacks = 1): Promise<number> {
  const output = tf.tensor4d(numbers, [1, 1, 2, 4]);
  const loss = tf.tidy(() => trainingLoss(new Array(stacks).fill(output), tf.zerosLike(output), mining as never));
  const [value] = await loss.data();
  tf.dispose([output, loss]);
  return value!;
}

describe('the training loss', () => {
  it('is the mean squared error, summed over the stacks', async () => {
    expect(await lossOf(MAPS, OFF)).toBeCloseTo(15.5 / 8, 6);
    expect(await lossOf(MAPS, OFF, 3)).toBeCloseTo((3 * 15.5) / 8, 5);
  });

  it.each([
    ['those of twice the easiest loss', {}, 5 * ((9 + 4) / (2 * 2))],
    ['at least as many as asked for', { min_hard_keypoints: 3 }, 5 * ((9 + 4 + 1.5) / (2 * 3))],
    ['at most as many as allowed', { hard_to_easy_ratio: 1, max_hard_keypoints: 2 }, 5 * ((9 + 4) / (2 * 2))],
    ['all when all are hard', { hard_to_easy_ratio: 1 }, 5 * (15.5 / (2 * 4))],
    ['never more than there are', { min_hard_keypoints: 9 }, 5 * (15.5 / (2 * 4))],
  ])('counts hard keypoints once more, five times: %s', async (_, change, extra) => {
    expect(await lossOf(MAPS, { ...MINING, ...change } as typeof MINING)).toBeCloseTo(15.5 / 8 + extra, 5);
  });

  it('has the gradient of the chosen keypoints, as if the choice were fixed', async () => {
    const output = tf.tensor4d(MAPS, [1, 1, 2, 4]);
    const gradient = tf.grad(maps => trainingLoss([maps as tf.Tensor4D], tf.zerosLike(output), MINING as never))(
      output,
    );
    const expected = MAPS.map((value, i) => 2 * value * (1 / 8 + (i % 4 >= 2 ? 5 / 4 : 0)));
    for (const [i, value] of (await gradient.data()).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    tf.dispose([output, gradient]);
  });
});

describe('the mean squared error', () => {
  it.each([[[1, 1, 1, 1]], [[1, 3, 5, 7]], [[5, 40, 41, 4]], [[2, 150, 133, 3]]] as [tf.Tensor4D['shape']][])(
    'of %s points at the maps of each stack',
    async shape => {
      const [first, second, maps] = [1, 2, 3].map(seed => tf.randomNormal(shape, 100, 1, 'float32', seed)) as [
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const goal = await maps.data<'float32'>();
      const squares = async (output: tf.Tensor) =>
        (await output.data<'float32'>()).reduce((sum, value, i) => sum + (value - goal[i]!) ** 2, 0);
      const expected = ((await squares(first)) + (await squares(second))) / maps.size;
      tf.dispose([tf.fill(shape, Number.NaN), tf.fill(shape, Number.NaN)]); // what is left unwritten shows
      const loss = (...outputs: tf.Tensor[]) => tf.mul(trainingLoss(outputs as tf.Tensor4D[], maps, OFF as never), 5);
      const { value, grads } = tf.valueAndGrads(loss)([first, second]);
      expect(await relativeError(value, [5 * expected])).toBeLessThan(1e-6);
      for (const [i, output] of [first, second].entries()) {
        const gradient = (await output.data<'float32'>()).map((from, at) => (10 / maps.size) * (from - goal[at]!));
        expect(await relativeError(grads[i]!, gradient)).toBeLessThan(1e-6);
      }
      tf.dispose([first, second, maps, value, grads]);
    },
  );
});
