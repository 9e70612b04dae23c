/**
 * FusedBatchNorm and BatchNormRectified: batch normalisation, and with a rectifier after it.
 *
 *   x [B, H, W, C], mean, variance, gamma, beta [C]  ->  y [B, H, W, C] = act(gamma (x - mean) / sqrt(variance + epsilon) + beta)
 *
 * One pass on all threads (assembly/batch-norm-passes.ts). The stock FusedBatchNorm has one, and takes a number at a time; it stays
 * for parameters that are not one per channel. Limits: float32, channels last.
 */
// Registers the stock kernels, one of which is kept below.
import '@tensorflow/tfjs-backend-wasm';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { getKernel, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { numbersOf, withCoefficients } from './channel-coefficients.ts';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

const stock = getKernel('FusedBatchNorm', 'wasm');

export const fusedBatchNorm: KernelConfig = {
  ...stock,
  kernelFunc: given => {
    const { x, mean, variance, offset, scale } = given.inputs as Record<string, TensorInfo | undefined>;
    const channels = x!.shape.at(-1)!;
    const perChannel = [mean, variance, offset, scale].every(
      each => !each || util.sizeFromShape(each.shape) === channels,
    );
    if (!perChannel || util.sizeFromShape(x!.shape) === 0) return stock.kernelFunc(given);
    const { varianceEpsilon: epsilon } = given.attrs as { varianceEpsilon: number };
    const parameters = { mean: mean!, variance: variance!, gamma: scale, beta: offset };
    return normalize(given.backend as BackendWasm, x!, parameters, { epsilon, rectified: false });
  },
};

export const batchNormRectified: KernelConfig = {
  kernelName: 'BatchNormRectified',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, ...parameters } = inputs as unknown as Parameters & { x: TensorInfo };
    const { epsilon } = attrs as { epsilon: number };
    return normalize(backend as BackendWasm, x, parameters, { epsilon, rectified: true });
  },
};

/** [C] each. */
interface Parameters {
  mean: TensorInfo;
  variance: TensorInfo;
  /** 1 where there is none. */
  gamma: TensorInfo | undefined;
  /** 0 where there is none. */
  beta: TensorInfo | undefined;
}

function normalize(
  backend: BackendWasm,
  x: TensorInfo,
  { mean, variance, gamma, beta }: Parameters,
  { epsilon, rectified }: { epsilon: number; rectified: boolean },
): TensorInfo {
  const channels = x.shape.at(-1)!;
  const y = backend.makeOutput(x.shape, 'float32');
  const means = Float64Array.from(numbersOf(backend, mean));
  const scale = Float64Array.from(numbersOf(backend, variance), spread => 1 / Math.sqrt(spread + epsilon));
  if (gamma) for (const [c, each] of numbersOf(backend, gamma).entries()) scale[c]! *= each;
  const shift = beta ? Float64Array.from(numbersOf(backend, beta)) : new Float64Array(channels);
  const size = util.sizeFromShape(x.shape);
  const { chunk, items } = chunksOf(size);
  withCoefficients(backend, [means, scale, shift], (coefficients, period) => {
    const places = { x: addressOf(backend, x), y: addressOf(backend, y), coefficients };
    const low = rectified ? 0 : Number.NEGATIVE_INFINITY;
    runJob('batchNormalize', { ...places, size, chunk, period, low }, items);
  });
  return y;
}
