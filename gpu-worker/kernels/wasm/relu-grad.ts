/**
 * ReluGrad and Relu6Grad: the gradients of rectifiers from their results.
 *
 *   dy, y = relu(x) [...]           ->  dx [...] = dy where y > 0, else 0
 *   dy, y = min(6, relu(x)) [...]   ->  dx [...] = dy where 0 < y < 6, else 0
 *
 * One pass; as the result tells what the rectifier let pass, x need not be kept. Bytes: 12 per number. By stock operations it is two passes with a
 * tensor between them, and five. Limits: float32.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const reluGrad: KernelConfig = {
  kernelName: 'ReluGrad',
  backendName: 'wasm',
  kernelFunc: given => passedBelow(given.backend as BackendWasm, given.inputs as unknown as Inputs, Number.NaN),
};

export const relu6Grad: KernelConfig = {
  kernelName: 'Relu6Grad',
  backendName: 'wasm',
  kernelFunc: given => passedBelow(given.backend as BackendWasm, given.inputs as unknown as Inputs, 6),
};

interface Inputs {
  dy: TensorInfo;
  y: TensorInfo;
}

/** @param high where the rectifier ends, NaN for nowhere. */
function passedBelow(backend: BackendWasm, { dy, y }: Inputs, high: number): TensorInfo {
  const dx = backend.makeOutput(y.shape, 'float32');
  const size = util.sizeFromShape(y.shape);
  const { chunk, items } = chunksOf(size);
  const [by, from, to] = [dy, y, dx].map(tensor => addressOf(backend, tensor)) as [number, number, number];
  runJob('reluGradient', { dy: by, y: from, dx: to, size, chunk, high }, items);
  return dx;
}
