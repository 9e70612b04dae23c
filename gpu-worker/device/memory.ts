/**
 * Finding out that the device has no memory left for a piece of work, in time to try a smaller one.
 *
 * wasm throws at the allocation (wasm.ts). WebGPU goes on with invalid buffers and reports later, to the error scope that was open: whatever
 * was computed in it is then thrown away, and so are the pooled buffers, some of which are invalid.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src/errors.ts';

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof AppError && error.code === 'out_of_memory';
}

/**
 * Runs `work`, which must read its result back before it resolves.
 * @throws AppError out_of_memory when the device ran out in it. Tensors that `work` returned are disposed of then.
 */
export async function withinMemory<T extends tf.TensorContainer>(work: () => Promise<T>): Promise<T> {
  if (tf.getBackend() !== 'webgpu') return work();
  const { device, bufferManager } = tf.backend() as WebGPUBackend;
  device.pushErrorScope('out-of-memory');
  let result: T | undefined;
  let error: GPUError | null = null;
  try {
    result = await work();
  } finally {
    error = await device.popErrorScope();
    if (error && result !== undefined) tf.dispose(result);
  }
  if (error === null) return result;
  const pool = bufferManager as unknown as BufferPool;
  pool.freeBuffers.forEach(buffers => {
    for (const buffer of buffers.splice(0)) {
      pool.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
  });
  pool.numFreeBuffers = 0;
  throw new AppError('out_of_memory', `The GPU has no room for this: ${error.message}`, {
    remedy: 'Use a smaller batch_size, fewer filters or a smaller input_scaling.',
  });
}

/** The parts of the backend's buffer pool that it does not show. */
interface BufferPool {
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
}
