/**
 * BatchNormMoments: what batch normalisation knows of a batch, and what it makes of it.
 *
 *   x [B, H, W, C], moving mean and variance [C]  ->  mean, variance (biased), 1 / sqrt(variance + epsilon), the next moving mean and variance, [C] each
 *   next = moving + (1 - momentum) (batch - moving), with the unbiased variance P / (P - 1), P = B H W
 *
 * One pass over x: a thread keeps the mean and the sum of squared deviations of its pixels (Welford 1962), and parts are merged by the formula of
 * Chan, Golub & LeVeque (1979), so that a large mean costs no digits; then a small one over the parts. Bytes: 4 per element; FLOPs: 6 and a
 * division per pixel. Stock operations take eight passes and a dozen tiny dispatches. Channels last.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { discard, dispatch } from './dispatch.ts';
import { mergeProgram, type PixelReduction, partsShape, reduceProgram } from './pixel-reduction.ts';

const OUTPUTS = ['mean', 'variance', 'inverse', 'nextMean', 'nextVariance'];

export const batchNormMoments: KernelConfig = {
  kernelName: 'BatchNormMoments',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, movingMean, movingVariance } = inputs as Record<string, TensorInfo>;
    const { epsilon, momentum } = attrs as { epsilon: number; momentum: number };
    const backend = webGpuBackend();
    const channels = x!.shape.at(-1)!;
    const pixels = util.sizeFromShape(x!.shape) / channels;
    const reduction = momentsOf(pixels, channels);
    const parts = backend.makeTensorInfo(partsShape(reduction), 'float32');
    const outputs = OUTPUTS.map(() => backend.makeTensorInfo([channels], 'float32'));
    dispatch(reduceProgram(reduction), [parts], [x!]);
    const finish = `
    let spread = merged.m2 / ${pixels};
    mean[column] = merged.mean;
    variance[column] = spread;
    inverse[column] = 1.0 / sqrt(spread + ${epsilon});
    nextMean[column] = movingMean[column] + ${1 - momentum} * (merged.mean - movingMean[column]);
    nextVariance[column] = movingVariance[column] + ${1 - momentum} * (merged.m2 / ${Math.max(1, pixels - 1)} - movingVariance[column]);`;
    const program = mergeProgram(reduction, { writes: OUTPUTS, reads: ['movingMean', 'movingVariance'], finish });
    dispatch(program, outputs, [parts, movingMean!, movingVariance!]);
    discard(parts);
    return outputs;
  },
};

const momentsOf = (pixels: number, channels: number): PixelReduction => ({
  ...{ name: 'BatchNormMoments', pixels, channels, fields: ['mean', 'm2'] },
  bindings: '@group(0) @binding(1) var<storage, read> x: array<T>;',
  merge: `
fn merge(a: State, b: State) -> State {
  let n = a.n + b.n;
  let share = b.n / max(n, 1.0);
  let delta = b.mean - a.mean;
  return State(a.mean + delta * share, a.m2 + b.m2 + delta * delta * (a.n * share), n);
}`,
  take: `
fn take(state: State, at: i32, column: i32) -> State {
  let n = state.n + 1.0;
  let value = x[at];
  let delta = value - state.mean;
  let mean = state.mean + delta / n;
  return State(mean, state.m2 + delta * (value - mean), n);
}`,
});
