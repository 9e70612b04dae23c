/**
 * ReluGrad: the gradient of a rectifier from its result.
 *
 *   dy, y = relu(x) [...]  ->  dx [...] = dy where y > 0, else 0
 *
 * One pass; as the result tells what the rectifier let pass, x need not be kept. Bytes: 12 per number. By stock operations it is two passes with a
 * tensor between them. Limits: float32.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const reluGrad: KernelConfig = {
  kernelName: 'ReluGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const { dy, y } = given.inputs as { dy: TensorInfo; y: TensorInfo };
    const backend = given.backend as BackendWasm;
    const dx = backend.makeOutput(y.shape, 'float32');
    const size = util.sizeFromShape(y.shape);
    const { chunk, items } = chunksOf(size);
    const [by, from, to] = [dy, y, dx].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    runJob('reluGradient', { dy: by, y: from, dx: to, size, chunk }, items);
    return dx;
  },
};
