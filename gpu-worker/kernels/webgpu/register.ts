/** Puts our WebGPU kernels in the place of the stock ones, and adds those that TensorFlow.js has no name for. */
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { avgPoolGrad } from './avg-pool-grad.ts';
import { batchNormGrad } from './batch-norm-grad.ts';
import { batchNormMoments } from './batch-norm-moments.ts';
import { batchNormRectified } from './batch-norm-rectified.ts';
import { biasActivationGrad } from './bias-activation-grad.ts';
import { conv2d, fusedConv2d } from './conv2d.ts';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput, fusedConv2dTranspose } from './conv2d-backprop-input.ts';
import { depthwiseConv2dBackpropFilter } from './depthwise-conv2d-backprop-filter.ts';
import { globalPeaks } from './global-peaks.ts';
import { groupedConv2d, groupedConv2dBackpropInput } from './grouped-conv2d.ts';
import { groupedConv2dBackpropFilter } from './grouped-conv2d-backprop-filter.ts';
import { halfPixelUpsampling } from './half-pixel-upsampling.ts';
import { halfPixelUpsamplingGrad } from './half-pixel-upsampling-grad.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { meanSquaredError, meanSquaredErrorGrad } from './mean-squared-error.ts';
import { reluGrad } from './relu-grad.ts';

export const KERNELS: readonly KernelConfig[] = [
  conv2d,
  fusedConv2d,
  conv2dBackpropInput,
  fusedConv2dTranspose,
  conv2dBackpropFilter,
  depthwiseConv2dBackpropFilter,
  groupedConv2d,
  groupedConv2dBackpropInput,
  groupedConv2dBackpropFilter,
  biasActivationGrad,
  batchNormMoments,
  batchNormGrad,
  batchNormRectified,
  reluGrad,
  maxPoolGrad,
  avgPoolGrad,
  halfPixelUpsampling,
  halfPixelUpsamplingGrad,
  meanSquaredError,
  meanSquaredErrorGrad,
  globalPeaks,
];

/** Registers every kernel of this folder; may be called again. */
export function registerWebGpuKernels(): void {
  for (const kernel of KERNELS) {
    if (getKernel(kernel.kernelName, kernel.backendName) !== undefined) {
      unregisterKernel(kernel.kernelName, kernel.backendName);
    }
    registerKernel(kernel);
  }
}
