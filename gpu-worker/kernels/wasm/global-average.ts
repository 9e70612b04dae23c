/**
 * GlobalAverage and GlobalAverageGrad: the mean of each channel over an image.
 *
 *   x [B, H, W, C]         ->  y [B, 1, 1, C]
 *   dy [B, 1, 1, C], H, W  ->  dx [B, H, W, C] = dy / (H W)
 *
 * The sums of a bias's gradient, an image at a time (channel-sums.ts), and a pass that only writes (assembly/channel-gate.ts). The stock Mean transposes x first; its
 * gradient multiplies with a tensor of ones and divides. Bytes: 4 per number. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { sumChannels } from './channel-sums.ts';
import { bandsOf } from './division.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

export const globalAverage: KernelConfig = {
  kernelName: 'GlobalAverage',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x } = given.inputs as { x: TensorInfo };
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const pixels = height * width;
    const means = new Float32Array(batch * channels);
    for (let image = 0; image < batch; image++) {
      const dy = addressOf(backend, x) + 4 * image * pixels * channels;
      const sums = sumChannels(backend, { dy, y: 0, dz: 0 }, pixels * channels, channels);
      for (const [c, sum] of sums.entries()) means[image * channels + c] = sum / pixels;
    }
    return backend.makeOutput([batch, 1, 1, channels], 'float32', undefined, means);
  },
};

export const globalAverageGrad: KernelConfig = {
  kernelName: 'GlobalAverageGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy } = given.inputs as { dy: TensorInfo };
    const { height, width } = given.attrs as { height: number; width: number };
    const [batch, , , channels] = dy.shape as [number, number, number, number];
    const dx = backend.makeOutput([batch, height, width, channels], 'float32');
    const shares = Float32Array.from(backend.typedArrayFromHeap(dy) as Float32Array, each => each / (height * width));
    const rows = batch * height;
    const { bandRows, items } = bandsOf(rows, rows * width * channels);
    withRoom(backend, 4 * shares.length, gate => {
      new Float32Array(backend.wasm.HEAPU8.buffer, gate, shares.length).set(shares);
      const places = { x: 0, gate, y: addressOf(backend, dx) };
      runJob('channelGate', { ...places, height, width, channels, rows, bandRows }, items);
    });
    return dx;
  },
};
