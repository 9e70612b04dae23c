/**
 * Gradients by numeric differentiation: of sum(dy * run(inputs)), a random linear functional of an operation's result, by each number of its inputs.
 *
 * Where the operation is linear in each input, central differences are exact at any step; a large one leaves float32's rounding alone.
 */
import * as tf from '@tensorflow/tfjs-core';
import { numbers } from './numbers.ts';
import { relativeError } from './relative-error.ts';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

/**
 * Largest relative error of the gradients that tf.grads makes of `run`, for each input.
 * @param shapes of the inputs, which are random numbers in [-1, 1].
 */
export async function gradientErrors(run: Operation, shapes: readonly number[][], step = 1): Promise<number[]> {
  const inputs = shapes.map((shape, seed) => numbers(shape, seed + 1));
  const tensors = inputs.map(({ tensor }) => tensor);
  const dy = numbers(
    tf.tidy(() => run(...tensors).shape),
    shapes.length + 1,
  );
  const gradients = tf.grads(run)(tensors, dy.tensor);
  const functional = async (which: number, values: Float32Array) => {
    const y = tf.tidy(() => run(...tensors.with(which, tf.tensor(values, shapes[which]!))));
    const results = await y.data<'float32'>();
    y.dispose();
    return results.reduce((sum, value, i) => sum + value * dy.values[i]!, 0);
  };
  const errors: number[] = [];
  for (const [which, { values }] of inputs.entries()) {
    // All at once: a GPU hands its numbers over late.
    const expected = await Promise.all(
      Array.from(values, async (value, at) => {
        const [above, below] = [value + step, value - step].map(each => functional(which, values.with(at, each)));
        return ((await above!) - (await below!)) / (2 * step);
      }),
    );
    errors.push(await relativeError(gradients[which]!, expected));
  }
  tf.dispose([tensors, dy.tensor, gradients]);
  return errors;
}
