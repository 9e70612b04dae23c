/**
 * BiasActivationGrad: what comes after a convolution, backwards: y = relu(z), z = conv + bias.
 *
 *   dy, y [.., C]  ->  dz [.., C] = dy where y > 0, else 0;  dbias [C] = sum of dz over all axes but the last
 *   dy alone       ->  dbias, for a convolution without a rectifier
 *
 * One pass on the threads (channel-sums.ts). Bytes: 12 per number with y, 4 without.
 * By stock operations it is three passes, and for the sum a transposed copy of dz. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { sumChannels } from './channel-sums.ts';
import { addressOf } from './threads.ts';

export const biasActivationGrad: KernelConfig = {
  kernelName: 'BiasActivationGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const { dy, y } = given.inputs as { dy: TensorInfo; y?: TensorInfo };
    const backend = given.backend as BackendWasm;
    const dz = y === undefined ? [] : [backend.makeOutput(dy.shape, 'float32')];
    const address = (tensor: TensorInfo | undefined) => (tensor === undefined ? 0 : addressOf(backend, tensor));
    const places = { dy: address(dy), y: address(y), dz: address(dz[0]) };
    const sums = sumChannels(backend, places, util.sizeFromShape(dy.shape), dy.shape.at(-1)!);
    return [...dz, backend.makeOutput([sums.length], 'float32', undefined, Float32Array.from(sums))];
  },
};
