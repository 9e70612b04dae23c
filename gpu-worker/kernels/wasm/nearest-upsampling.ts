/**
 * NearestUpsampling: upsampling by two that repeats each pixel (model/layers/nearest-upsampling.ts); NearestUpsamplingGrad: its gradient.
 *
 *   x [B, H, W, C]     ->  y [B, 2H, 2W, C]
 *   dy [B, 2H, 2W, C]  ->  dx [B, H, W, C], the sum over each pixel's four copies
 *
 * Rows of the small image are shared out (assembly/nearest-upsampling.ts). The stock kernels resize to any size, on one thread; the one of the
 * gradient is a hundred times slower.
 * Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const nearestUpsampling: KernelConfig = {
  kernelName: 'NearestUpsampling',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x } = given.inputs as { x: TensorInfo };
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const y = backend.makeOutput([batch, 2 * height, 2 * width, channels], 'float32');
    share(backend, 'nearestUpsampling', x, y);
    return y;
  },
};

export const nearestUpsamplingGrad: KernelConfig = {
  kernelName: 'NearestUpsamplingGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy } = given.inputs as { dy: TensorInfo };
    const [batch, height, width, channels] = dy.shape as [number, number, number, number];
    const dx = backend.makeOutput([batch, height / 2, width / 2, channels], 'float32');
    share(backend, 'nearestUpsamplingGradient', dx, dy);
    return dx;
  },
};

function share(
  backend: BackendWasm,
  job: 'nearestUpsampling' | 'nearestUpsamplingGradient',
  small: TensorInfo,
  large: TensorInfo,
): void {
  const [batch, height, width, channels] = small.shape as [number, number, number, number];
  const rows = batch * height;
  const { bandRows, items } = bandsOf(rows, util.sizeFromShape(large.shape));
  const places = { small: addressOf(backend, small), large: addressOf(backend, large) };
  runJob(job, { ...places, width, channels, rows, bandRows }, items);
}
