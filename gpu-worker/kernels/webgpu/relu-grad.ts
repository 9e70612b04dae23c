/**
 * ReluGrad: the gradient of a rectifier from its result.
 *
 *   dy, y = relu(x) [...]  ->  dx [...] = dy where y > 0, else 0
 *
 * One pass; as the result tells what the rectifier let pass, x need not be kept. Bytes: 12 per number. By stock operations it is three passes.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { compute } from './dispatch.ts';
import { elementwiseProgram } from './elementwise.ts';

export const reluGrad: KernelConfig = {
  kernelName: 'ReluGrad',
  backendName: 'webgpu',
  kernelFunc: ({ inputs }) => {
    const { dy, y } = inputs as { dy: TensorInfo; y: TensorInfo };
    const size = util.sizeFromShape(y.shape);
    const program = elementwiseProgram({
      ...{ name: 'ReluGrad', size, width: size % 4 === 0 ? 4 : 1 },
      declarations: `
@group(0) @binding(0) var<storage, read_write> dx: array<T>;
@group(0) @binding(1) var<storage, read> dy: array<T>;
@group(0) @binding(2) var<storage, read> y: array<T>;`,
      body: 'dx[i] = select(T(), dy[i], y[i] > T());',
    });
    return compute(program, y.shape, [dy, y]);
  },
};
