/** Batch normalisation by its definition, in 64 bits: what the kernels of every backend are held against. Numbers of all pixels, channels last. */

export const EPSILON = 1e-3;
export const MOMENTUM = 0.9;

type Numbers = ArrayLike<number>;

/** Per channel. */
export function moments(values: Numbers, channels: number): { mean: Float64Array; variance: Float64Array } {
  const pixels = values.length / channels;
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < values.length; i++) mean[i % channels]! += values[i]! / pixels;
  for (let i = 0; i < values.length; i++) variance[i % channels]! += (values[i]! - mean[i % channels]!) ** 2 / pixels;
  return { mean, variance };
}

/** What a batch is known by, and what the moving statistics become. */
export function expectedStatistics(values: Numbers, moving: { mean: Numbers; variance: Numbers }) {
  const channels = moving.mean.length;
  const { mean, variance } = moments(values, channels);
  const pixels = values.length / channels;
  const unbiased = pixels / Math.max(1, pixels - 1);
  return {
    mean,
    variance,
    inverse: variance.map(each => 1 / Math.sqrt(each + EPSILON)),
    nextMean: mean.map((each, c) => MOMENTUM * moving.mean[c]! + (1 - MOMENTUM) * each),
    nextVariance: variance.map((each, c) => MOMENTUM * moving.variance[c]! + (1 - MOMENTUM) * each * unbiased),
  };
}

/** The value and the gradient through the statistics. @param dy of the result, which is rectified if asked for. */
export function expectedGradients(
  { x, dy, gamma, beta }: { x: Float32Array; dy: Float32Array; gamma: Numbers; beta: Numbers },
  rectified: boolean,
) {
  const channels = gamma.length;
  const { mean, variance } = moments(x, channels);
  const inverse = variance.map(each => 1 / Math.sqrt(each + EPSILON));
  const xhat = Float64Array.from(x, (value, i) => (value - mean[i % channels]!) * inverse[i % channels]!);
  const z = xhat.map((value, i) => gamma[i % channels]! * value + beta[i % channels]!);
  const y = rectified ? z.map(value => Math.max(0, value)) : z;
  const dz = Float64Array.from(dy, (g, i) => (rectified && z[i]! <= 0 ? 0 : g));
  const pixels = x.length / channels;
  const [dgamma, dbeta] = [new Float64Array(channels), new Float64Array(channels)];
  for (const [i, g] of dz.entries()) {
    dgamma[i % channels]! += g * xhat[i]!;
    dbeta[i % channels]! += g;
  }
  const dx = dz.map((g, i) => {
    const c = i % channels;
    return gamma[c]! * inverse[c]! * (g - (dbeta[c]! + xhat[i]! * dgamma[c]!) / pixels);
  });
  return { mean, variance, inverse, y, dx, dgamma, dbeta };
}
