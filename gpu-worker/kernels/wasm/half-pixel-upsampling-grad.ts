/**
 * HalfPixelUpsamplingGrad: the gradient of bilinear upsampling by an even factor f with half-pixel centres (model/layers/half-pixel-upsampling.ts).
 *
 *   dy [B, fH, fW, C]  ->  dx [B, H, W, C]
 *   dx[i] = sum over t < 2f of (1 - |(t + 1/2) / f - 1|) dy[f i - f/2 + t]      (one axis; beyond an edge dy is mirrored)
 *
 * Rows of dx are shared out (assembly/half-pixel-upsampling-gradient.ts). By stock operations it is a padded copy of dy and three average pools.
 * Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const halfPixelUpsamplingGrad: KernelConfig = {
  kernelName: 'HalfPixelUpsamplingGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy } = given.inputs as { dy: TensorInfo };
    const { factor } = given.attrs as { factor: number };
    const [batch, outHeight, outWidth, channels] = dy.shape as [number, number, number, number];
    const [height, width] = [outHeight / factor, outWidth / factor];
    const dx = backend.makeOutput([batch, height, width, channels], 'float32');
    const rows = batch * height;
    const { bandRows, items } = bandsOf(rows, util.sizeFromShape(dy.shape));
    const places = { dy: addressOf(backend, dy), dx: addressOf(backend, dx) };
    runJob('halfPixelUpsamplingGradient', { ...places, height, width, channels, factor, rows, bandRows }, items);
    return dx;
  },
};
