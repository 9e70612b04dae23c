/**
 * BatchNormMoments: what batch normalisation knows of a batch, and what it makes of it.
 *
 *   x [B, H, W, C], moving mean and variance [C]  ->  mean, variance (biased), 1 / sqrt(variance + epsilon), the next moving mean and variance, [C] each
 *   next = moving + (1 - momentum) (batch - moving), with the unbiased variance P / (P - 1), P = B H W
 *
 * One pass over x, in groups of pixels (assembly/batch-norm-sums.ts) that are merged in 64 bits. Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { numbersOf, sumOverPixels } from './channel-coefficients.ts';
import { addressOf, runJob } from './threads.ts';

export const batchNormMoments: KernelConfig = {
  kernelName: 'BatchNormMoments',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { x, movingMean, movingVariance } = given.inputs as Record<string, TensorInfo>;
    const { epsilon, momentum } = given.attrs as { epsilon: number; momentum: number };
    const channels = x!.shape.at(-1)!;
    const pixels = util.sizeFromShape(x!.shape) / channels;
    const { mean, m2 } = moments(backend, addressOf(backend, x!), { pixels, channels });
    const follow = (moving: TensorInfo, batch: Float64Array) => {
      const now = numbersOf(backend, moving);
      return batch.map((value, c) => now[c]! + (1 - momentum) * (value - now[c]!));
    };
    const variance = m2.map(sum => sum / pixels);
    const inverse = variance.map(value => 1 / Math.sqrt(value + epsilon));
    const nextMean = follow(movingMean!, mean);
    const nextVariance = follow(
      movingVariance!,
      m2.map(sum => sum / Math.max(1, pixels - 1)),
    );
    return [mean, variance, inverse, nextMean, nextVariance].map(values =>
      backend.makeOutput([channels], 'float32', undefined, Float32Array.from(values)),
    );
  },
};

function moments(backend: BackendWasm, x: number, sizes: { pixels: number; channels: number }) {
  const [mean, m2] = [new Float64Array(sizes.channels), new Float64Array(sizes.channels)];
  const counts = new Float64Array(sizes.channels);
  sumOverPixels(
    backend,
    sizes,
    (parts, groups) => runJob('batchMoments', { x, parts, ...sizes, groups }, groups),
    (c, { pixels, first, second }) => {
      const before = counts[c]!;
      const share = pixels / (before + pixels);
      const delta = first - mean[c]!;
      mean[c]! += delta * share;
      m2[c]! += second + delta * delta * before * share;
      counts[c] = before + pixels;
    },
  );
  return { mean, m2 };
}
