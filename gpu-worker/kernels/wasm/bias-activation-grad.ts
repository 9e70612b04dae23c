/**
 * BiasActivationGrad: the gradient of a rectifier and of the bias before it, as a convolution has them; ReluGrad: that of a rectifier alone.
 *
 *   dy [.., N], y [.., N], what came out of the rectifier  ->  dz [.., N] = dy where y > 0,  dbias [N] = sum of dz over all pixels
 *   dy [.., N]                                             ->  dbias [N], without a rectifier
 *
 * One pass (assembly/bias-activation-gradient.ts) in groups of pixels, whose sums are added up here in 64 bits. By stock operations it is a step, a
 * cast, a product and a sum that transposes first. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { groupsOf } from './channel-coefficients.ts';
import { chunksOf } from './chunks.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

export const biasActivationGrad: KernelConfig = {
  kernelName: 'BiasActivationGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, y } = given.inputs as { dy: TensorInfo; y?: TensorInfo };
    const dz = y === undefined ? [] : [backend.makeOutput(dy.shape, 'float32')];
    const [from, by, to] = [[dy], y === undefined ? [] : [y], dz].map(([tensor]) =>
      tensor === undefined ? 0 : addressOf(backend, tensor),
    ) as [number, number, number];
    return [...dz, sumByChannel(backend, dy.shape, { dy: from, y: by, dz: to })];
  },
};

function sumByChannel(
  backend: BackendWasm,
  shape: readonly number[],
  places: { dy: number; y: number; dz: number },
): TensorInfo {
  const channels = shape.at(-1)!;
  const pixels = util.sizeFromShape([...shape]) / channels;
  const groups = groupsOf(pixels, channels);
  const padded = 4 * Math.ceil(channels / 4);
  const sums = new Float64Array(channels);
  withRoom(backend, 4 * groups * padded, parts => {
    runJob('biasActivationGradient', { ...places, parts, pixels, channels, groups }, groups);
    const all = new Float32Array(backend.wasm.HEAPU8.buffer, parts, groups * padded);
    for (let group = 0; group < groups; group++) {
      for (let c = 0; c < channels; c++) sums[c]! += all[group * padded + c]!;
    }
  });
  return backend.makeOutput([channels], 'float32', undefined, Float32Array.from(sums));
}

export const reluGrad: KernelConfig = {
  kernelName: 'ReluGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, y } = given.inputs as { dy: TensorInfo; y: TensorInfo };
    const output = backend.makeOutput(dy.shape, 'float32');
    const size = util.sizeFromShape(dy.shape);
    const { chunk, items } = chunksOf(size);
    const [from, by, dx] = [dy, y, output].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    runJob('rectifierGradient', { dy: from, y: by, dx, size, chunk }, items);
    return output;
  },
};
