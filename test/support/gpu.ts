/**
 * What the tests of our WebGPU kernels share: the device, buffers full of poison.
 */
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import './seldom-asked.ts';

let shared: ReturnType<typeof webGpuBackend> | null = null;

/**
 * Makes WebGPU the active backend. Whatever the device refuses fails the test run. The files of a fork share one device and what it compiled, unless
 * one of them opened another.
 */
export async function openGpu(): Promise<void> {
  if (shared !== null && tf.getBackend() === 'webgpu' && webGpuBackend() === shared) return;
  await openDevice('webgpu');
  shared = webGpuBackend();
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
