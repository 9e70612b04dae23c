/**
 * ChannelGate and ChannelGateGrad: each channel of an image times a number of its own, as a squeeze-and-excitation block does.
 *
 *   x [B, H, W, C], gate [B, 1, 1, C]  ->  y [B, H, W, C] = x gate
 *   and with dy [B, H, W, C]           ->  dx [B, H, W, C] = dy gate;  dgate [B, 1, 1, C] = sum of dy x over the image
 *
 * One pass each (assembly/channel-gate.ts, assembly/channel-gate-gradient.ts); the sums of bands are added up in 64 bits. By stock operations the gradient is three
 * passes, and for the sum a transposed copy of dy x. Bytes: 8 per number, and 12. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { addParts } from './channel-sums.ts';
import { bandsOf } from './division.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

export const channelGate: KernelConfig = {
  kernelName: 'ChannelGate',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x, gate } = given.inputs as { x: TensorInfo; gate: TensorInfo };
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const y = backend.makeOutput(x.shape, 'float32');
    const rows = batch * height;
    const { bandRows, items } = bandsOf(rows, rows * width * channels);
    const places = { x: addressOf(backend, x), gate: addressOf(backend, gate), y: addressOf(backend, y) };
    runJob('channelGate', { ...places, height, width, channels, rows, bandRows }, items);
    return y;
  },
};

export const channelGateGrad: KernelConfig = {
  kernelName: 'ChannelGateGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, x, gate } = given.inputs as { dy: TensorInfo; x: TensorInfo; gate: TensorInfo };
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const dx = backend.makeOutput(x.shape, 'float32');
    const pixels = height * width;
    const { bandRows: bandPixels, items: bands } = bandsOf(pixels, pixels * channels);
    const padded = 4 * Math.ceil(channels / 4);
    const dgate = withRoom(backend, 4 * batch * bands * padded, parts => {
      const from = { dy: addressOf(backend, dy), x: addressOf(backend, x), gate: addressOf(backend, gate) };
      const to = { dx: addressOf(backend, dx), parts };
      runJob('channelGateGradient', { ...from, ...to, pixels, channels, bands, bandPixels }, batch * bands);
      const all = new Float32Array(backend.wasm.HEAPU8.buffer, parts, batch * bands * padded);
      const sums = new Float32Array(batch * channels);
      for (let image = 0; image < batch; image++) {
        const its = all.subarray(image * bands * padded, (image + 1) * bands * padded);
        sums.set(addParts(its, channels, padded), image * channels);
      }
      return sums;
    });
    return [dx, backend.makeOutput(gate.shape, 'float32', undefined, dgate)];
  },
};
