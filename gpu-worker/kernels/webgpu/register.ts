/** Puts our WebGPU kernels in the place of the stock ones, and adds those that TensorFlow.js has no name for. */
import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

const KERNELS: KernelConfig[] = [];

/** Registers every kernel of this folder; may be called again. */
export function registerWebGpuKernels(): void {
  for (const kernel of KERNELS) {
    if (getKernel(kernel.kernelName, kernel.backendName) !== undefined) {
      unregisterKernel(kernel.kernelName, kernel.backendName);
    }
    registerKernel(kernel);
  }
}
