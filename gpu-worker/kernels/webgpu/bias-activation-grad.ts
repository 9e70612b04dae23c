/**
 * BiasActivationGrad: what comes after a convolution, backwards: y = relu(z), z = conv + bias.
 *
 *   dy, y [B, H, W, C]  ->  dz [B, H, W, C] = dy where y > 0, else 0;  dbias [C] = sum of dz over B, H, W
 *   dy alone            ->  dbias, for a convolution without a rectifier
 *
 * One pass over both tensors (pixel-reduction.ts), and a small one that adds the parts. Bytes: 12 per element with y, 4 without; FLOPs: 2.
 * TensorFlow.js has three operations for it, each with a tensor of its own, and transposes all of dz for the sum. Channels last.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { discard, dispatch } from './dispatch.ts';
import { mergeProgram, type PixelReduction, partsShape, reduceProgram, sums } from './pixel-reduction.ts';

export const biasActivationGrad: KernelConfig = {
  kernelName: 'BiasActivationGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs }) => {
    const { dy, y } = inputs as { dy: TensorInfo; y?: TensorInfo };
    const backend = webGpuBackend();
    const make = (shape: number[]) => backend.makeTensorInfo(shape, 'float32');
    const channels = dy.shape.at(-1)!;
    const reduction = sumOf(util.sizeFromShape(dy.shape) / channels, channels, y !== undefined);
    const [parts, dbias] = [make(partsShape(reduction)), make([channels])];
    const dz = y === undefined ? [] : [make(dy.shape)];
    dispatch(reduceProgram(reduction), [parts, ...dz], y === undefined ? [dy] : [dy, y]);
    dispatch(mergeProgram(reduction, { writes: ['dbias'], finish: 'dbias[column] = merged.sum;' }), [dbias], [parts]);
    discard(parts);
    return [...dz, dbias];
  },
};

function sumOf(pixels: number, channels: number, rectified: boolean): PixelReduction {
  const rectifier = `
@group(0) @binding(1) var<storage, read_write> dz: array<T>;
@group(0) @binding(2) var<storage, read> dy: array<T>;
@group(0) @binding(3) var<storage, read> y: array<T>;`;
  return {
    ...{ name: 'BiasActivationGrad', pixels, channels, fields: ['sum'], merge: sums(['sum']) },
    bindings: rectified ? rectifier : '@group(0) @binding(1) var<storage, read> dy: array<T>;',
    take: `
fn take(state: State, at: i32, column: i32) -> State {
  ${rectified ? 'let g = select(T(), dy[at], y[at] > T());\n  dz[at] = g;' : 'let g = dy[at];'}
  return State(state.sum + g, state.n);
}`,
  };
}
