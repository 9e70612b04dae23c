/**
 * Swish and SwishGrad: x times its own sigmoid, also called SiLU, and its gradient.
 *
 *   x [...]      ->  y [...] = x s
 *   dy, x [...]  ->  dx [...] = dy s (1 + x (1 - s)),  s = 1 / (1 + e^-x)
 *
 * One pass each on all threads (assembly/swish.ts), within 1e-6 of the exact number. By stock operations it is two passes forwards and six backwards, and the
 * sigmoid is kept for the gradient. Limits: float32.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const swish: KernelConfig = {
  kernelName: 'Swish',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend }) => run(backend as BackendWasm, inputs.x as TensorInfo, null),
};

export const swishGrad: KernelConfig = {
  kernelName: 'SwishGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend }) => run(backend as BackendWasm, inputs.x as TensorInfo, inputs.dy as TensorInfo),
};

/** @returns y, or dx where there is a dy. */
function run(backend: BackendWasm, x: TensorInfo, dy: TensorInfo | null): TensorInfo {
  const result = backend.makeOutput(x.shape, 'float32');
  const size = util.sizeFromShape(x.shape);
  const { chunk, items } = chunksOf(size);
  const places = { dy: dy ? addressOf(backend, dy) : 0, x: addressOf(backend, x), y: addressOf(backend, result) };
  runJob('swish', { ...places, size, chunk }, items);
  return result;
}
