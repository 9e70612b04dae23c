/**
 * What the tests of our WebGPU kernels share: the device, buffers full of poison.
 */
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';

/** Makes WebGPU the active backend. Whatever the device refuses fails the test run. */
export async function openGpu(): Promise<void> {
  await openDevice('webgpu');
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
