/**
 * MeanSquaredError and MeanSquaredErrorGrad: the loss of confidence maps, and where it points.
 *
 *   output, target [...] of N numbers  ->  loss [] = sum of (output - target)^2 / N
 *   and with dy []                     ->  dx [...] = 2 / N (output - target) dy
 *
 * One pass each (assembly/squared-error.ts). Stock operations write the squares, read them again, and spread the gradient of the mean
 * out over a tensor before they multiply with it. Limits: float32.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { chunksOf } from './division.ts';
import { addressOf, runJob, withRoom } from './threads.ts';

export const meanSquaredError: KernelConfig = {
  kernelName: 'MeanSquaredError',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { output, target } = given.inputs as { output: TensorInfo; target: TensorInfo };
    const size = util.sizeFromShape(output.shape);
    const { chunk, items } = chunksOf(size);
    const total = withRoom(backend, 8 * items, parts => {
      const places = { output: addressOf(backend, output), target: addressOf(backend, target), parts };
      runJob('squaredErrorParts', { ...places, size, chunk }, items);
      return new Float64Array(backend.wasm.HEAPU8.buffer, parts, items).reduce((sum, part) => sum + part, 0);
    });
    return backend.makeOutput([], 'float32', undefined, Float32Array.of(total / size));
  },
};

export const meanSquaredErrorGrad: KernelConfig = {
  kernelName: 'MeanSquaredErrorGrad',
  backendName: 'wasm',
  kernelFunc: given => {
    const backend = given.backend as BackendWasm;
    const { dy, output, target } = given.inputs as { dy: TensorInfo; output: TensorInfo; target: TensorInfo };
    const dx = backend.makeOutput(output.shape, 'float32');
    const size = util.sizeFromShape(output.shape);
    const { chunk, items } = chunksOf(size);
    const places = { output: addressOf(backend, output), target: addressOf(backend, target) };
    const results = { dy: addressOf(backend, dy), dx: addressOf(backend, dx) };
    runJob('squaredErrorGradient', { ...places, ...results, size, chunk, factor: 2 / size }, items);
    return dx;
  },
};
