/**
 * BiasActivationGrad: what comes after a convolution, backwards: y = relu(z), z = conv + bias.
 *
 *   dy, y [.., C]  ->  dz [.., C] = dy where y > 0, else 0;  dbias [C] = sum of dz over all axes but the last
 *   dy alone       ->  dbias, for a convolution without a rectifier
 *
 * One pass on the threads (assembly/bias-gradient.ts); their sums, some thousand, are added up here in 64 bits. Bytes: 12 per number with y, 4 without.
 * By stock operations it is three passes, and for the sum a transposed copy of dz. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

/** Fewest columns of a row: four vectors, to be summed at once. */
const LEAST_PERIOD = 16;

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
    return [...dz, backend.makeOutput([sums.length], 'float32', undefined, sums)];
  },
};

function sumChannels(
  backend: BackendWasm,
  places: { dy: number; y: number; dz: number },
  size: number,
  channels: number,
): Float32Array {
  const period = periodOf(channels);
  const { bandRows, items } = bandsOf(Math.floor(size / period), size);
  const sums = new Float64Array(channels);
  withRoom(backend, 4 * items * period, parts => {
    runJob('biasGradient', { ...places, parts, size, period, bandRows }, items);
    const all = new Float32Array(backend.wasm.HEAPU8.buffer, parts, items * period);
    for (let from = 0; from < all.length; from += channels) {
      for (let c = 0; c < channels; c++) sums[c]! += all[from + c]!;
    }
  });
  return Float32Array.from(sums);
}

/** Numbers of as few pixels as make whole vectors, and enough of them. */
function periodOf(channels: number): number {
  let period = channels;
  while (period < LEAST_PERIOD || period % 4 !== 0) period += channels;
  return period;
}
