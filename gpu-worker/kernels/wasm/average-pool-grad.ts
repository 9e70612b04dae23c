/**
 * AvgPoolGrad: the gradient of average pooling.
 *
 *   dy [B, OH, OW, C]  ->  dx [B, H, W, C]; a window hands each of its pixels dy / (how many of its pixels lie in the image)
 *
 * Input rows are shared out (assembly/average-pool.ts). The stock gradient divides by all places of a window, outside of the image too, and takes a number at a
 * time. Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Pool2DAttrs } from '../pool-info.ts';
import { bandsOf } from './division.ts';
import { poolSizes } from './pool-sizes.ts';
import { addressOf, runJob } from './threads.ts';

export const averagePoolGrad: KernelConfig = {
  kernelName: 'AvgPoolGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { input, dy } = given.inputs as { input: TensorInfo; dy: TensorInfo };
    const { sizes } = poolSizes(input.shape, given.attrs as unknown as Pool2DAttrs);
    const dx = backend.makeOutput(input.shape, 'float32');
    const { bandRows, items } = bandsOf(input.shape[0]! * sizes.height, util.sizeFromShape(input.shape));
    const places = { large: addressOf(backend, dx), small: addressOf(backend, dy) };
    runJob('averagePoolGradient', { ...sizes, ...places, bandRows }, items);
    return dx;
  },
};
