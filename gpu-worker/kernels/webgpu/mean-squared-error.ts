/**
 * MeanSquaredError and MeanSquaredErrorGrad: the loss of confidence maps, and where it points.
 *
 *   output, target [...] of N numbers  ->  loss [] = sum of (output - target)^2 / N
 *   and with dy []                     ->  dx [...] = 2 / N (output - target) dy
 *
 * The loss is one pass that adds up in parts (pixel-reduction.ts, the numbers taken as four channels where they can be) and a small one over
 * the parts; the gradient is one pass. Bytes: 8 per number, and 12. FLOPs: 3, and 2. Stock operations write the squares, read them
 * again, and spread the gradient of the mean out over a tensor before they multiply with it.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';
import { compute, discard, dispatch } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';
import { mergeProgram, type PixelReduction, partsShape, reduceProgram, sums } from './pixel-reduction.ts';

export const meanSquaredError: KernelConfig = {
  kernelName: 'MeanSquaredError',
  backendName: 'webgpu',
  kernelFunc: ({ inputs }) => {
    const { output, target } = inputs as { output: TensorInfo; target: TensorInfo };
    const backend = webGpuBackend();
    const size = util.sizeFromShape(output.shape);
    const width = size % 4 === 0 ? 4 : 1;
    const reduction = squaresOf(size / width, width);
    const [parts, loss] = [partsShape(reduction), []].map(shape => backend.makeTensorInfo(shape, 'float32')) as [
      TensorInfo,
      TensorInfo,
    ];
    dispatch(reduceProgram(reduction), [parts], [output, target]);
    const total = width === 4 ? 'dot(merged.sum, vec4<f32>(1.0))' : 'merged.sum';
    const finish = `loss[0] = ${total} / ${size};`;
    dispatch(mergeProgram(reduction, { writes: ['loss'], type: 'f32', finish }), [loss], [parts]);
    discard(parts);
    return loss;
  },
};

export const meanSquaredErrorGrad: KernelConfig = {
  kernelName: 'MeanSquaredErrorGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs }) => {
    const { dy, output, target } = inputs as { dy: TensorInfo; output: TensorInfo; target: TensorInfo };
    const size = util.sizeFromShape(output.shape);
    const program = elementwiseProgram({
      ...{ name: 'MeanSquaredErrorGrad', size, width: size % 4 === 0 ? 4 : 1 },
      declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> output: array<T>;
@group(0) @binding(3) var<storage, read> goal: array<T>;`,
      body: `dx[i] = (output[i] - goal[i]) * (dy[0] * ${2 / size});`,
    });
    return compute(program, output.shape, [dy, output, target]);
  },
};

const squaresOf = (pixels: number, channels: number): PixelReduction => ({
  ...{ name: 'MeanSquaredError', pixels, channels, fields: ['sum'], merge: sums(['sum']) },
  // "target" is a reserved word of WGSL.
  bindings: `
@group(0) @binding(1) var<storage, read> output: array<T>;
@group(0) @binding(2) var<storage, read> goal: array<T>;`,
  take: `
fn take(state: State, at: i32, column: i32) -> State {
  let error = output[at] - goal[at];
  return State(state.sum + error * error, state.n);
}`,
});
