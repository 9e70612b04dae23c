/**
 * MaxPoolGrad: the gradient of max pooling.
 *
 *   input [B, H, W, C], dy [B, OH, OW, C]  ->  dx [B, H, W, C]
 *   each dy goes to the largest input of its window; of equal ones to the first in reading order, as in TensorFlow.
 *
 * Windows whose rows do not overlap are shared out by output rows, others by images and channels (assembly/max-pool-gradient.ts).
 * The stock wasm kernel starts its search at 0 and loses every window whose inputs are all negative.
 * Limits: float32, channels last, no dilation.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Pool2DAttrs } from '../pool-info.ts';
import { bandsOf } from './division.ts';
import { poolSizes } from './pool-sizes.ts';
import { addressOf, runJob } from './threads.ts';

/** Channels of a cache line: where windows overlap, an item has a multiple of them. */
const LINE_CHANNELS = 16;
/** Items for eight threads in two rounds. */
const LEAST_ITEMS = 16;

export const maxPoolGrad: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { input, dy } = given.inputs as { input: TensorInfo; dy: TensorInfo };
    const { sizes } = poolSizes(input.shape, given.attrs as unknown as Pool2DAttrs);
    const { channels, outRows, outHeight, kernelHeight, strideHeight } = sizes;
    const dx = backend.makeOutput(input.shape, 'float32');
    const size = util.sizeFromShape(input.shape);
    const division =
      kernelHeight > strideHeight
        ? { bandRows: outHeight, groupChannels: groupChannelsOf(channels, outRows / outHeight) }
        : { bandRows: bandsOf(outRows, size).bandRows, groupChannels: channels };
    const [x, by, to] = [input, dy, dx].map(tensor => addressOf(backend, tensor)) as [number, number, number];
    const items = Math.ceil(outRows / division.bandRows) * Math.ceil(channels / division.groupChannels);
    runJob('maxPoolGradient', { ...sizes, ...division, x, dy: by, dx: to }, items);
    return dx;
  },
};

/** As many as leave enough items of so many images. */
function groupChannelsOf(channels: number, images: number): number {
  const lines = Math.ceil(channels / LINE_CHANNELS);
  const groups = Math.min(lines, Math.ceil(LEAST_ITEMS / images));
  return LINE_CHANNELS * Math.ceil(lines / groups);
}
