/**
 * Finding out that the device has no memory left for a piece of work, in time to try a smaller one.
 *
 * wasm throws at the allocation (wasm.ts), and so does WebGPU beyond its ceiling (buffer-pool.ts). What the GPU itself refuses, it reports
 * later, to the error scope that was open, and goes on with invalid buffers, over which every use of them then complains: whatever was
 * computed in the scope is thrown away, and so are the pooled buffers, some of which are invalid.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src/errors.ts';
import { noRoom } from './buffer-pool.ts';
import { webGpuBackend } from './tfjs-webgpu.ts';

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof AppError && error.code === 'out_of_memory';
}

/**
 * Runs `work`, which must read back what it computed before it resolves.
 * @param discard gets the result when the device ran out although `work` resolved.
 * @throws AppError out_of_memory when the device ran out in it.
 */
export async function withinMemory<T>(work: () => Promise<T>, discard: (result: T) => void): Promise<T> {
  if (tf.getBackend() !== 'webgpu') return withinHeap(work);
  const { device, bufferManager } = webGpuBackend();
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const [outcome] = await Promise.allSettled([(async () => work())()]);
  if (outcome.status === 'rejected') dropTape();
  // Scopes are a stack: both are popped before either is waited for.
  const [misuse, exhaustion] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  if (exhaustion !== null || (outcome.status === 'rejected' && isOutOfMemory(outcome.reason))) bufferManager.trim();
  if (exhaustion === null && misuse === null && outcome.status === 'fulfilled') return outcome.value;
  if (outcome.status === 'fulfilled') discard(outcome.value);
  if (exhaustion !== null) throw noRoom(`this: ${exhaustion.message}`);
  if (misuse !== null) throw new AppError('device_lost', `The GPU refused a command: ${misuse.message}`);
  throw (outcome as PromiseRejectedResult).reason;
}

/** A kernel that runs out half-way has made results which nobody knows of: they are given back here. */
async function withinHeap<T>(work: () => Promise<T>): Promise<T> {
  const backend = tf.backend() as BackendWasm;
  const made: tf.DataId[] = [];
  const makeOutput = backend.makeOutput;
  backend.makeOutput = (...given) => {
    const output = makeOutput.apply(backend, given);
    made.push(output.dataId);
    return output;
  };
  try {
    return await work();
  } catch (error) {
    dropTape();
    const isUnknown = (id: tf.DataId) => backend.dataIdMap.has(id) && !tf.engine().state.tensorInfo.has(id);
    for (const id of made.filter(isUnknown)) backend.disposeData(id);
    throw error;
  } finally {
    backend.makeOutput = makeOutput;
  }
}

/** TensorFlow.js frees what a forward pass saved for its gradients at the end of the backward pass only: where the first fails, never. */
export function dropTape(): void {
  for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved);
}
