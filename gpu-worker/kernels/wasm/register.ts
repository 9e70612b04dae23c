/**
 * Puts our wasm kernels in the place of the stock ones, so that networks can be trained on the CPU: stock wasm has no filter gradient at
 * all, a slow input gradient, a wrong one for max pooling, and clones and slices that copy their whole source.
 */
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput } from './conv2d-backprop-input.ts';
import { identity } from './identity.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { slice } from './slice.ts';
import { splitV } from './split-v.ts';

/** Registers every kernel of this folder; may be called again. */
export function registerWasmKernels(): void {
  for (const kernel of [conv2dBackpropFilter, conv2dBackpropInput, maxPoolGrad, identity, slice, splitV]) {
    if (getKernel(kernel.kernelName, 'wasm') !== undefined) unregisterKernel(kernel.kernelName, 'wasm');
    registerKernel(kernel);
  }
}
