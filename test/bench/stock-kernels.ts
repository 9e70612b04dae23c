/** The kernels that TensorFlow.js brings for WebGPU, put back in the place of ours: what a bench compares with. */
import { conv2DConfig } from '@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2D.js';
import { conv2DBackpropFilterConfig } from '@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropFilter.js';
import { conv2DBackpropInputConfig } from '@tensorflow/tfjs-backend-webgpu/dist/kernels/Conv2DBackpropInput.js';
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-webgpu/dist/kernels/FusedConv2D.js';
import { maxPoolGradConfig } from '@tensorflow/tfjs-backend-webgpu/dist/kernels/MaxPoolGrad.js';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { KERNELS, registerWebGpuKernels } from '../../gpu-worker/kernels/webgpu/register.ts';

const STOCK = [
  ...[conv2DConfig, conv2DBackpropFilterConfig, conv2DBackpropInputConfig, fusedConv2DConfig],
  maxPoolGradConfig,
];

/** Kernels run from now on are stock ones; those that TensorFlow.js has no name for are gone. */
export function useStockKernels(): void {
  for (const { kernelName } of KERNELS) {
    if (getKernel(kernelName, 'webgpu') !== undefined) unregisterKernel(kernelName, 'webgpu');
  }
  for (const kernel of STOCK) {
    if (getKernel(kernel.kernelName, 'webgpu') === undefined) registerKernel(kernel as never);
  }
}

export const useOurKernels: () => void = registerWebGpuKernels;
