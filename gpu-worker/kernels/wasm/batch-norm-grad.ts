/**
 * BatchNormGrad: the gradient of batch normalisation, through the statistics of the batch as well.
 *
 *   dy, x [B, H, W, C], mean, inverse (1 / sqrt(variance + epsilon)), gamma [C]  ->  dx [B, H, W, C], dgamma, dbeta [C]
 *   xhat = (x - mean) inverse;  dbeta = sum dy;  dgamma = sum dy xhat;  dx = gamma inverse (dy - dbeta / P - xhat dgamma / P),  P = B H W
 *
 * With a rectifier after it, y is its result, and dy counts only where y > 0. One pass over dy and x for both sums, in groups of pixels
 * (assembly/batch-norm-sums.ts), and one more for dx (assembly/batch-norm-passes.ts). By stock operations it is a dozen passes.
 * Limits: float32, channels last.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { numbersOf, sumOverPixels, withCoefficients } from './channel-coefficients.ts';
import { chunksOf } from './division.ts';
import { addressOf, runJob } from './threads.ts';

export const batchNormGrad: KernelConfig = {
  kernelName: 'BatchNormGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, x, mean, inverse, gamma, y } = given.inputs as Record<string, TensorInfo>;
    const channels = x!.shape.at(-1)!;
    const size = util.sizeFromShape(x!.shape);
    const places = { ...addresses(backend, { dy: dy!, x: x! }), y: y === undefined ? 0 : addressOf(backend, y) };
    const [dgamma, dbeta] = [new Float64Array(channels), new Float64Array(channels)];
    const sizes = { pixels: size / channels, channels };
    const means = addressOf(backend, mean!);
    sumOverPixels(
      backend,
      sizes,
      (parts, groups) => runJob('batchGradientSums', { ...places, mean: means, parts, ...sizes, groups }, groups),
      (c, { first, second }) => {
        dbeta[c]! += first;
        dgamma[c]! += second;
      },
    );
    const inverses = Float64Array.from(numbersOf(backend, inverse!));
    for (const [c, each] of inverses.entries()) dgamma[c]! *= each;
    const factor = Float64Array.from(numbersOf(backend, gamma!), (scale, c) => scale * inverses[c]!);
    const perPixel = (sums: Float64Array) => sums.map((sum, c) => (factor[c]! * sum) / sizes.pixels);
    const slope = perPixel(dgamma).map((each, c) => each * inverses[c]!);
    const coefficients = [Float64Array.from(numbersOf(backend, mean!)), factor, slope, perPixel(dbeta)];
    const dx = backend.makeOutput(x!.shape, 'float32');
    withCoefficients(backend, coefficients, (address, period) => {
      const { chunk, items } = chunksOf(size);
      const to = { dx: addressOf(backend, dx), coefficients: address };
      runJob('batchInputGradient', { ...places, ...to, size, chunk, period }, items);
    });
    const summed = [dgamma, dbeta].map(values =>
      backend.makeOutput([channels], 'float32', undefined, Float32Array.from(values)),
    );
    return [dx, ...summed];
  },
};

function addresses<Name extends string>(backend: BackendWasm, tensors: Record<Name, TensorInfo>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<TensorInfo>(tensors).map(([name, tensor]) => [name, addressOf(backend, tensor)]),
  ) as Record<Name, number>;
}
