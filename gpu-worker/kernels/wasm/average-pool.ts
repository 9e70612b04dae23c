/**
 * AvgPool and AvgPoolGrad: the mean of each window, and its gradient.
 *
 *   x [B, H, W, C]     ->  y [B, OH, OW, C]
 *   dy [B, OH, OW, C]  ->  dx [B, H, W, C]
 *
 * A window at an edge is the mean of its pixels inside the image, as in TensorFlow. Rows are shared out (assembly/average-pool.ts). The stock AvgPool runs on
 * one thread; the stock gradient divides by all places of a window, outside of the image too, and takes a number at a time.
 * Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { type Pool2DAttrs, poolSizes } from './pool-info.ts';
import { addressOf, runJob } from './threads.ts';

export const averagePool: KernelConfig = {
  kernelName: 'AvgPool',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x } = given.inputs as { x: TensorInfo };
    const { outShape, sizes } = poolSizes(x.shape, given.attrs as unknown as Pool2DAttrs);
    const y = backend.makeOutput(outShape, 'float32');
    const { bandRows, items } = bandsOf(sizes.outRows, util.sizeFromShape(x.shape));
    runJob('averagePool', { ...sizes, large: addressOf(backend, x), small: addressOf(backend, y), bandRows }, items);
    return y;
  },
};

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
