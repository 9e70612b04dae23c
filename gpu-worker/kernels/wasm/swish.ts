/**
 * Swish and SwishGrad: x times its own sigmoid, also called SiLU, and its gradient.
 *
 *   x [...]      ->  y [...] = x s
 *   dy, x [...]  ->  dx [...] = dy s (1 + x (1 - s)),  s = 1 / (1 + e^-x)
 *
 * One pass each on all threads (assembly/swish.ts), within 1e-6 of the largest result. By stock operations it is two passes forwards and eight backwards, on one thread, and
 * the sigmoid is kept for the gradient. Limits: float32.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const swish: KernelConfig = {
  kernelName: 'Swish',
  backendName: 'wasm',
  kernelFunc: given => {
    const { x } = given.inputs as { x: TensorInfo };
    const backend = given.backend as BackendWasm;
    const y = backend.makeOutput(x.shape, 'float32');
    const size = util.sizeFromShape(x.shape);
    const { chunk, items } = chunksOf(size);
    runJob('swish', { x: addressOf(backend, x), y: addressOf(backend, y), size, chunk }, items);
    return y;
  },
};

export const swishGrad: KernelConfig = {
  kernelName: 'SwishGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const { dy, x } = given.inputs as { dy: TensorInfo; x: TensorInfo };
    const backend = given.backend as BackendWasm;
    const dx = backend.makeOutput(x.shape, 'float32');
    const size = util.sizeFromShape(x.shape);
    const { chunk, items } = chunksOf(size);
    const [by, from, to] = [dy, x, dx].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    runJob('swishGradient', { dy: by, x: from, dx: to, size, chunk }, items);
    return dx;
  },
};
