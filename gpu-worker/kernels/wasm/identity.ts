/**
 * Identity, and Cast to the type that a tensor already has: another handle on the same numbers, as on every other backend.
 *
 * TensorFlow.js clones each tensor that a gradient will need, and casts the gradient of each clone. The stock wasm kernels copy them, so that a
 * training step holds its activations twice.
 */
// Registers the stock kernels, one of which is kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';

export const identity: KernelConfig = {
  kernelName: 'Identity',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend }) => share(backend as BackendWasm, inputs.x as TensorInfo),
};

// With what it prepares for each backend that is opened.
const stockCast = getKernel('Cast', 'wasm');

export const cast: KernelConfig = {
  ...stockCast,
  kernelFunc: given => {
    const x = given.inputs.x as TensorInfo;
    const { dtype } = given.attrs as { dtype: string };
    return dtype === x.dtype ? share(given.backend as BackendWasm, x) : stockCast.kernelFunc(given);
  },
};

function share(backend: BackendWasm, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
