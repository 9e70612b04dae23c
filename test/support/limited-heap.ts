/** A CPU backend whose heap is small, for tests of what happens when it is full. Call vi.restoreAllMocks() afterwards. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { vi } from 'vitest';
import { AppError } from '../../src/errors.ts';

/**
 * As a heap of so many bytes beyond those that are taken now.
 * @returns the least number of bytes that were free since.
 */
export function limitHeap(bytes: number): { least: number } {
  const { wasm } = tf.backend() as BackendWasm;
  // At its first call the module's own _free takes the place of whatever stands there.
  wasm._free(wasm._malloc(1));
  const [malloc, free] = [wasm._malloc.bind(wasm), wasm._free.bind(wasm)];
  const sizes = new Map<number, number>();
  const state = { least: bytes };
  let left = bytes;
  vi.spyOn(wasm, '_malloc').mockImplementation(size => {
    if (size > left) throw new AppError('out_of_memory', 'No room.', { remedy: 'Use a smaller batch_size.' });
    const address = malloc(size);
    sizes.set(address, size);
    left -= size;
    state.least = Math.min(state.least, left);
    return address;
  });
  vi.spyOn(wasm, '_free').mockImplementation(address => {
    left += sizes.get(address as number) ?? 0;
    sizes.delete(address as number);
    free(address);
  });
  return state;
}
