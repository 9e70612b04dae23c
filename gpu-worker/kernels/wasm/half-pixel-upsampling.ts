/**
 * HalfPixelUpsampling: bilinear upsampling by an even factor f with half-pixel centres (model/layers/half-pixel-upsampling.ts).
 *
 *   x [B, H, W, C]  ->  y [B, fH, fW, C]
 *   with q = (o + f/2) div f and r = (o + f/2) mod f:  y[o] = (1 - s) x[q - 1] + s x[q],  s = (r + 1/2) / f      (one axis; edges repeated)
 *
 * Rows of blocks between pixels of x are shared out (assembly/half-pixel-upsampling.ts). The stock kernel (XNNPACK) runs on one thread.
 * Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const halfPixelUpsampling: KernelConfig = {
  kernelName: 'HalfPixelUpsampling',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x } = given.inputs as { x: TensorInfo };
    const { factor } = given.attrs as { factor: number };
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const shape = [batch, factor * height, factor * width, channels];
    const y = backend.makeOutput(shape, 'float32');
    const blockRows = batch * (height + 1);
    const { bandRows, items } = bandsOf(blockRows, util.sizeFromShape(shape));
    const places = { x: addressOf(backend, x), y: addressOf(backend, y) };
    runJob('halfPixelUpsampling', { ...places, height, width, channels, factor, blockRows, bandRows }, items);
    return y;
  },
};
