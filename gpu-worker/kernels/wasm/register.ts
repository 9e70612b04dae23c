/**
 * Puts our wasm kernels in the place of the stock ones, and adds those that TensorFlow.js has no name for, so that networks can be trained on the CPU: stock
 * wasm has no filter gradient at all, a slow input gradient, wrong ones for max and average pooling, and clones and slices that copy their whole source.
 */
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { add } from './add.ts';
import { averagePoolGrad } from './average-pool-grad.ts';
import { batchNormRectified, fusedBatchNorm } from './batch-norm.ts';
import { batchNormGrad } from './batch-norm-grad.ts';
import { batchNormMoments } from './batch-norm-moments.ts';
import { biasActivationGrad } from './bias-activation-grad.ts';
import { channelGate, channelGateGrad } from './channel-gate.ts';
import { concat, splitV } from './concat.ts';
import { conv2d, fusedConv2d } from './conv2d.ts';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput, fusedConv2dTranspose } from './conv2d-backprop-input.ts';
import { depthwiseConv2d, fusedDepthwiseConv2d } from './depthwise-conv2d.ts';
import { depthwiseConv2dBackpropFilter } from './depthwise-conv2d-backprop-filter.ts';
import { depthwiseConv2dBackpropInput } from './depthwise-conv2d-backprop-input.ts';
import { globalAverage, globalAverageGrad } from './global-average.ts';
import { globalPeaks } from './global-peaks.ts';
import { groupedConv2d, groupedConv2dBackpropFilter, groupedConv2dBackpropInput } from './grouped-conv2d.ts';
import { halfPixelUpsampling } from './half-pixel-upsampling.ts';
import { halfPixelUpsamplingGrad } from './half-pixel-upsampling-grad.ts';
import { cast, identity } from './identity.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { meanSquaredError, meanSquaredErrorGrad } from './mean-squared-error.ts';
import { nearestUpsampling, nearestUpsamplingGrad } from './nearest-upsampling.ts';
import { averagePool, maxPool } from './pool.ts';
import { relu6Grad, reluGrad } from './relu-grad.ts';
import { slice } from './slice.ts';
import { swish, swishGrad } from './swish.ts';

const KERNELS: readonly KernelConfig[] = [
  conv2d,
  fusedConv2d,
  conv2dBackpropInput,
  fusedConv2dTranspose,
  conv2dBackpropFilter,
  biasActivationGrad,
  reluGrad,
  relu6Grad,
  swish,
  swishGrad,
  globalAverage,
  globalAverageGrad,
  channelGate,
  channelGateGrad,
  maxPool,
  maxPoolGrad,
  averagePool,
  averagePoolGrad,
  globalPeaks,
  halfPixelUpsampling,
  halfPixelUpsamplingGrad,
  nearestUpsampling,
  nearestUpsamplingGrad,
  add,
  concat,
  identity,
  cast,
  slice,
  splitV,
  meanSquaredError,
  meanSquaredErrorGrad,
  batchNormMoments,
  batchNormGrad,
  batchNormRectified,
  fusedBatchNorm,
  depthwiseConv2d,
  fusedDepthwiseConv2d,
  depthwiseConv2dBackpropInput,
  depthwiseConv2dBackpropFilter,
  groupedConv2d,
  groupedConv2dBackpropInput,
  groupedConv2dBackpropFilter,
];

/** Registers every kernel of this folder; may be called again. */
export function registerWasmKernels(): void {
  for (const kernel of KERNELS) {
    if (getKernel(kernel.kernelName, 'wasm') !== undefined) unregisterKernel(kernel.kernelName, 'wasm');
    registerKernel(kernel);
  }
}
