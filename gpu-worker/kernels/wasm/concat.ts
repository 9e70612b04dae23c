/**
 * Concat: tensors joined along one axis, as every skip of a U-Net is.
 *
 *   [.., d0, ..], [.., d1, ..], ..  ->  [.., d0 + d1 + .., ..]
 *
 * One job for each input (copy-runs.ts). The stock kernel makes two views of the heap for each pixel. It stays for text, truth values and mixed types.
 * Bytes: 8 per number.
 */
// Registers the stock kernels, one of which is kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { copyPart, hasWords } from './copy-runs.ts';

const stock = getKernel('Concat', 'wasm').kernelFunc as KernelFunc;

export const concat: KernelConfig = {
  kernelName: 'Concat',
  backendName: 'wasm',
  kernelFunc: given => {
    const inputs = given.inputs as unknown as TensorInfo[];
    const { dtype } = inputs[0]!;
    if (!inputs.every(input => hasWords(input) && input.dtype === dtype)) return stock(given);
    const backend = given.backend as BackendWasm;
    const axis = util.parseAxisParam((given.attrs as unknown as { axis: number }).axis, inputs[0]!.shape)[0]!;
    const shapes = inputs.map(({ shape }) => shape);
    backend_util.assertParamsConsistent(shapes, axis);
    const whole = backend.makeOutput(backend_util.computeOutShape(shapes, axis), dtype);
    let before = 0;
    for (const part of inputs) {
      copyPart(backend, { part, whole, axis, before }, 'join');
      before += part.shape[axis]!;
    }
    return whole;
  },
};
