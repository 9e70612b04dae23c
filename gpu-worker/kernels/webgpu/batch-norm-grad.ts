/**
 * BatchNormGrad: the gradient of batch normalisation, through the statistics of the batch as well.
 *
 *   dy, x [B, H, W, C], mean, inverse (1 / sqrt(variance + epsilon)), gamma [C]  ->  dx [B, H, W, C], dgamma, dbeta [C]
 *   xhat = (x - mean) inverse;  dbeta = sum dy;  dgamma = sum dy xhat;  dx = gamma inverse (dy - dbeta / P - xhat dgamma / P),  P = B H W
 *
 * With a rectifier after it, y is its result, and dy counts only where y > 0. One pass over dy and x for both sums (pixel-reduction.ts), a
 * small one over their parts, and one more for dx. Bytes: 20 per element, 28 with y; FLOPs: 12.
 * By stock operations it is a dozen passes, each with a tensor of its own. Channels last.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { compute, discard, dispatch, type Program } from './dispatch.ts';
import { declareReads, elementwiseProgram } from './elementwise.ts';
import { mergeProgram, type PixelReduction, partsShape, reduceProgram, sums, widthOf } from './pixel-reduction.ts';

const SUMS = ['dgamma', 'dbeta'];

export const batchNormGrad: KernelConfig = {
  kernelName: 'BatchNormGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs }) => {
    const { dy, x, mean, inverse, gamma, y } = inputs as Record<string, TensorInfo>;
    const rectified = y === undefined ? [] : [y];
    const backend = webGpuBackend();
    const channels = x!.shape.at(-1)!;
    const pixels = util.sizeFromShape(x!.shape) / channels;
    const reduction = sumsOf(pixels, channels, y !== undefined);
    const parts = backend.makeTensorInfo(partsShape(reduction), 'float32');
    const [dgamma, dbeta] = SUMS.map(() => backend.makeTensorInfo([channels], 'float32')) as [TensorInfo, TensorInfo];
    dispatch(reduceProgram(reduction), [parts], [dy!, x!, mean!, inverse!, ...rectified]);
    const finish = SUMS.map(sum => `${sum}[column] = merged.${sum};`).join(' ');
    dispatch(mergeProgram(reduction, { writes: SUMS, finish }), [dgamma, dbeta], [parts]);
    discard(parts);
    const reads = [dy!, x!, mean!, inverse!, gamma!, dgamma, dbeta, ...rectified];
    const dx = compute(inputProgram(pixels, channels, y !== undefined), x!.shape, reads);
    return [dx, dgamma, dbeta];
  },
};

const READS = ['dy', 'x', 'mean', 'inverse'];

/** What of dy the rectifier let pass, if there is one. */
const gradientAt = (at: string, rectified: boolean) =>
  rectified ? `select(T(), dy[${at}], y[${at}] > T())` : `dy[${at}]`;
const withY = (names: readonly string[], rectified: boolean) => (rectified ? [...names, 'y'] : names);

const sumsOf = (pixels: number, channels: number, rectified: boolean): PixelReduction => ({
  ...{ name: 'BatchNormGrad', pixels, channels, fields: SUMS, merge: sums(SUMS) },
  bindings: declareReads(withY(READS, rectified)),
  take: `
fn take(state: State, at: i32, column: i32) -> State {
  let g = ${gradientAt('at', rectified)};
  let xhat = (x[at] - mean[column]) * inverse[column];
  return State(state.dgamma + g * xhat, state.dbeta + g, state.n);
}`,
});

function inputProgram(pixels: number, channels: number, rectified: boolean): Program {
  const width = widthOf(channels);
  return elementwiseProgram({
    ...{ name: 'BatchNormGrad dx', size: pixels * channels, width },
    declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
${declareReads(withY([...READS, 'gamma', ...SUMS], rectified))}`,
    body: `
  let c = i % ${channels / width};
  let g = ${gradientAt('i', rectified)};
  let xhat = (x[i] - mean[c]) * inverse[c];
  dx[i] = gamma[c] * inverse[c] * (g - (dbeta[c] + xhat * dgamma[c]) / ${pixels});`,
  });
}
