/**
 * Chooses where networks are computed: a GPU through WebGPU, or the CPU through wasm.
 *
 * Nothing falls back silently. `auto` takes a hardware GPU if there is one and the CPU otherwise, unless an adapter was named; a WebGPU adapter that runs on the CPU
 * (llvmpipe, SwiftShader) is six to twelve times slower than wasm and is taken only when `webgpu` is asked for, as tests do.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../src/errors.ts';
import { hasRelaxedSimd } from '../kernels/wasm/threads.ts';
import { usesMatrixUnits } from '../kernels/webgpu/gemm-matrices.ts';
import { openWasm } from './wasm.ts';
import { noAdapter, openWebGpu, probeAdapter } from './webgpu.ts';

export interface Device {
  backend: 'webgpu' | 'wasm';
  /** For people: "NVIDIA H100 (webgpu, f16)" or "CPU, wasm SIMD with FMA, 2 threads". */
  description: string;
}

export interface DeviceOptions {
  /** Compute threads of the CPU backend; default: one per core, at most eight. */
  threads?: number;
  /** Part of the name of the GPU to take; default: the fastest. */
  adapterName?: string;
  /** Most bytes of its memory that are used on a GPU; default: as many as it has. */
  gpuMemoryBytes?: number;
  /** Told once when the device can no longer be trusted. Default: thrown as an uncaught error, which ends the process. */
  onFatal?: (error: AppError) => void;
}

/**
 * Opens the device and makes it the active TensorFlow.js backend of this process.
 * @throws AppError device_unavailable, with a remedy
 */
export async function openDevice(backend: 'auto' | 'webgpu' | 'wasm', options: DeviceOptions = {}): Promise<Device> {
  const device = await open(backend, options);
  // A backend that fails to start makes TensorFlow.js go on with the next one without a word.
  if (tf.getBackend() !== device.backend) {
    throw new AppError(
      'device_unavailable',
      `The ${device.backend} backend did not start; ${tf.getBackend()} is active.`,
      {
        remedy:
          device.backend === 'webgpu'
            ? 'Update the GPU driver, or set BACKEND=wasm.'
            : 'Run the installation again (npm ci).',
      },
    );
  }
  return device;
}

async function open(
  backend: 'auto' | 'webgpu' | 'wasm',
  { threads, adapterName, gpuMemoryBytes, onFatal = throwUncaught }: DeviceOptions,
): Promise<Device> {
  if (backend !== 'wasm') {
    const { adapter, reason } = await probeAdapter(adapterName);
    const isAsked = backend === 'webgpu' || adapterName !== undefined;
    if (adapter === null && isAsked) throw noAdapter(reason, adapterName);
    if (adapter !== null && (isAsked || !adapter.software)) {
      const memory = gpuMemoryBytes === undefined ? {} : { ceiling: gpuMemoryBytes };
      const features = await openWebGpu(onFatal, memory, adapterName);
      const f16 = features.includes('shader-f16') ? ', f16' : '';
      const matrices = usesMatrixUnits() ? ', matrix units' : '';
      return { backend: 'webgpu', description: `${adapter.description} (webgpu${f16}${matrices})` };
    }
  }
  const threadCount = await openWasm(onFatal, threads);
  const simd = `wasm SIMD${hasRelaxedSimd() ? ' with FMA' : ''}`;
  return { backend: 'wasm', description: `CPU, ${simd}, ${threadCount} ${threadCount === 1 ? 'thread' : 'threads'}` };
}

function throwUncaught(error: AppError): void {
  queueMicrotask(() => {
    throw error;
  });
}
