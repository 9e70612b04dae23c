/** The rectifier that ends at six and its gradient, by our kernel and by TensorFlow.js's operations. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { relu6 } from '../../gpu-worker/model/relu6.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

describe.each([
  ['wasm', 1],
  ['wasm', 2],
  ['cpu', 1],
] as const)('relu6 on %s with %i threads', (backend, threads) => {
  beforeAll(async () => {
    tf.env().set('IS_TEST', true); // the cpu backend otherwise advertises another package
    await openDevice('wasm', { threads });
    await tf.setBackend(backend);
  });
  expectNoTensorsLeft();

  it.each([[[1, 1, 1, 2]], [[2, 3, 5, 7]], [[3, 37, 41, 6]], [[2, 60, 64, 17]]])(
    'of %j is cut at both ends, and its gradient passes between them',
    async shape => {
      const [near, dy] = [numbers(shape, 1), numbers(shape, 2)];
      const values = near.values.map(each => 12 * each);
      values.set([6, 0]);
      const x = tf.tensor(values, shape);
      const got = onDirtyHeap([shape], () => tf.valueAndGrad(relu6)(x, dy.tensor));
      expect(await got.value.data()).toEqual(values.map(each => Math.min(6, Math.max(0, each))));
      // What is added to zero has no sign.
      const passed = values.map((each, i) => (each > 0 && each < 6 ? dy.values[i]! : 0));
      expect(await relativeError(got.grad, passed)).toBe(0);
      tf.dispose([x, near.tensor, dy.tensor, got]);
    },
  );
});
