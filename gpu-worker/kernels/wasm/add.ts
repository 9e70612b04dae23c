/**
 * Add: where two tensors have one shape, as the gradients that meet at a skip and the branches of a residual block do, on the threads.
 *
 *   a, b [...]  ->  a + b [...]
 *
 * Everything else, such as broadcasting, other types, and what is too small to share, is left to the stock kernel. Bytes: 12 per number.
 */
// Registers the stock kernels, one of which is kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type KernelConfig, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

const stock = getKernel('Add', 'wasm');
const stockAdd = stock.kernelFunc as KernelFunc;

export const add: KernelConfig = {
  // With its set-up, which a backend that is opened once more needs anew.
  ...stock,
  kernelFunc: given => {
    const { a, b } = given.inputs as { a: TensorInfo; b: TensorInfo };
    const size = util.sizeFromShape(a.shape);
    const { chunk, items } = chunksOf(size);
    const alike = a.dtype === 'float32' && b.dtype === 'float32' && util.arraysEqual(a.shape, b.shape);
    if (!alike || items === 1) return stockAdd(given);
    const backend = given.backend as BackendWasm;
    const y = backend.makeOutput(a.shape, 'float32');
    const [left, right, to] = [a, b, y].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    runJob('add', { a: left, b: right, y: to, size, chunk }, items);
    return y;
  },
};
