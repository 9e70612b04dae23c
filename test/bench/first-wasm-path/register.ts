/**
 * The first kernels of the project for the CPU, compositions of stock ones: what those in AssemblyScript are compared with. They made training
 * possible at all, since stock wasm has no filter gradient, a slow input gradient and a wrong one for max pooling.
 */
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { identity } from '../../../gpu-worker/kernels/wasm/identity.ts';
import { slice } from '../../../gpu-worker/kernels/wasm/slice.ts';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput } from './conv2d-backprop-input.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { splitV } from './split-v.ts';

/** Puts them in the place of the stock kernels. */
export function registerFirstKernels(): void {
  for (const kernel of [conv2dBackpropFilter, conv2dBackpropInput, maxPoolGrad, identity, slice, splitV]) {
    if (getKernel(kernel.kernelName, 'wasm') !== undefined) unregisterKernel(kernel.kernelName, 'wasm');
    registerKernel(kernel);
  }
}
