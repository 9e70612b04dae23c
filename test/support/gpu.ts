/**
 * What the tests of our WebGPU kernels share: the device, tensors of known numbers, buffers full of poison.
 */
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';

/** Makes WebGPU the active backend. Whatever the device refuses fails the test run. */
export async function openGpu(): Promise<void> {
  await openDevice('webgpu');
}

/** A tensor of numbers in [-1, 1] without a pattern, and the same numbers for the reference. */
export function numbers<S extends number[]>(shape: S, seed: number): { tensor: tf.Tensor; values: Float32Array } {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { tensor: tf.tensor(values.slice(), shape), values };
}

/**
 * Runs `work` with every free buffer of the given sizes full of NaN: what a kernel leaves unwritten shows.
 * @param shapes of what it will write, partial results included; float32
 */
export function poisoned<T extends tf.TensorContainer>(shapes: readonly number[][], work: () => T): T {
  const poison = shapes.flatMap(shape => [tf.fill(shape, Number.NaN), tf.fill(shape, Number.NaN)]);
  tf.dispose(poison);
  const backend = webGpuBackend();
  if (backend.commandEncoder !== null) {
    // Disposed tensors give their buffers back with the next submit.
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  return tf.tidy(work);
}
