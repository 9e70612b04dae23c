/** A rectifier that stands alone: its gradient is told from its result. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers the gradients
import { beforeAll, expect, it } from 'vitest';
import { Rectifier } from '../../gpu-worker/model/layers/rectifier.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { numbers } from '../support/numbers.ts';
import { relativeError } from '../support/relative-error.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

it.each([[[5, 3, 7, 1]], [[1, 33, 16, 8]]])(
  'of %s lets pass what is above zero, forwards and backwards',
  async shape => {
    const [x, dy] = [numbers(shape, 1), numbers(shape, 2)];
    const layer = new Rectifier({ name: 'relu' });
    const { value, grad } = poisoned([shape], () =>
      tf.valueAndGrad(input => layer.apply(input) as tf.Tensor)(x.tensor, dy.tensor),
    );
    expect(
      await relativeError(
        value,
        x.values.map(each => Math.max(0, each)),
      ),
    ).toBe(0);
    expect(
      await relativeError(
        grad,
        dy.values.map((each, i) => (x.values[i]! > 0 ? each : 0)),
      ),
    ).toBe(0);
    tf.dispose([x.tensor, dy.tensor, value, grad]);
  },
);
