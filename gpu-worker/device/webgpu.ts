/**
 * WebGPU in Node: Dawn (npm `webgpu`) under the TensorFlow.js backend, on a device of our own making.
 *
 * The backend's own device asks for neither f16 nor subgroups nor the adapter's real limits, and goes on after a shader that does not
 * compile or a device that is gone: the numbers are then garbage. Here both are fatal, and the caller is told.
 * Leaves out: the choice between WebGPU and wasm (open.ts), kernels of our own (kernels/webgpu/).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { AppError, messageOf } from '../../src/errors.ts';
import { logger } from '../../src/log.ts';
import { hasMatrixUnits, SUBGROUP_MATRICES, useMatrixUnits } from '../kernels/webgpu/gemm-matrices.ts';
import { multipliesRight } from '../kernels/webgpu/matrix-check.ts';
import { registerWebGpuKernels } from '../kernels/webgpu/register.ts';
import { BufferPool } from './buffer-pool.ts';

const log = logger('device');
const PROBE_TIMEOUT_MS = 30_000;
/** Features that our kernels can use; each is asked for where the adapter has it. */
const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query', 'chromium-experimental-subgroup-matrix'];

export interface AdapterSummary {
  /** The adapter's name, e.g. "NVIDIA H100 80GB HBM3". */
  description: string;
  /** Runs on the CPU (llvmpipe, SwiftShader): slower than the wasm backend. */
  software: boolean;
}

/**
 * The adapter of this machine whose name has `name` in it, or why there is none. Never throws and prints nothing: the driver is loaded in a process of its own.
 */
export function probeAdapter(name?: string): Promise<{ adapter: AdapterSummary | null; reason: string }> {
  const script = fileURLToPath(new URL('./probe-adapter.mjs', import.meta.url));
  return new Promise(resolve => {
    execFile(process.execPath, [script, ...dawnFlags(name)], { timeout: PROBE_TIMEOUT_MS }, (error, stdout, stderr) => {
      const reason = stderr.trim() || (error === null ? 'no adapter' : messageOf(error));
      resolve({ adapter: error === null && stdout !== '' ? JSON.parse(stdout) : null, reason });
    });
  });
}

/** Dawn offers subgroup matrices among its unsafe APIs only. */
function dawnFlags(adapterName: string | undefined): string[] {
  return ['enable-dawn-features=allow_unsafe_apis', ...(adapterName === undefined ? [] : [`adapter=${adapterName}`])];
}

/**
 * Opens the adapter and makes `webgpu` the active backend.
 * @param onFatal told once when the device is lost or a GPU command fails; nothing computed after that can be trusted.
 * @param memory its ceiling in bytes; default: as much as the GPU has.
 * @param adapterName part of the adapter's name; default: the fastest there is.
 * @returns the names of the features in use, e.g. ["shader-f16"].
 * @throws AppError device_unavailable
 */
export async function openWebGpu(
  onFatal: (error: AppError) => void,
  memory: { ceiling?: number },
  adapterName?: string,
): Promise<string[]> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create(dawnFlags(adapterName));
  if (globalThis.navigator === undefined)
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });

  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw noAdapter('no adapter');
  const device = await requestDevice(adapter);
  watch(device, onFatal);

  // Loaded late: the package looks for navigator.gpu and the WebGPU globals as it is imported.
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => {
    const backend = new WebGPUBackend(device, adapter.info);
    return Object.assign(backend, { bufferManager: new BufferPool(device, memory) as never });
  });
  await tf.setBackend('webgpu');
  registerWebGpuKernels();
  await tryMatrixUnits(device);
  return WANTED_FEATURES.filter(feature => device.features.has(feature as GPUFeatureName));
}

/** Mixed precision multiplies in the device's matrix units if they are there and right. */
async function tryMatrixUnits(device: GPUDevice): Promise<void> {
  const areThere = hasMatrixUnits(device);
  const areRight = areThere && (await multipliesRight(SUBGROUP_MATRICES));
  useMatrixUnits(areRight);
  if (areThere && !areRight) log.warning('The matrix units of this GPU multiply wrong: they stay unused.');
}

/** The error of a host on which a GPU was asked for and cannot be had. @param reason what Dawn said; it lists the adapters there are. */
export function noAdapter(reason: string, name?: string): AppError {
  const cause = new Error(reason);
  const present = [...reason.matchAll(/name: '([^']*)'/g)].map(([, found]) => found);
  if (name !== undefined && present.length > 0) {
    return new AppError('device_unavailable', `No GPU of this machine is named "${name}".`, {
      remedy: `Set GPU_ADAPTER to a part of: ${present.join('; ')}.`,
      cause,
    });
  }
  return new AppError('device_unavailable', 'No GPU that WebGPU can use was found on this machine.', {
    remedy:
      'Install the GPU driver together with its Vulkan library (on Debian: libvulkan1), or set BACKEND=wasm to compute on the CPU.',
    cause,
  });
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  // The limits are getters of the prototype: for..in sees them, Object.entries does not.
  for (const name in adapter.limits) {
    const value: unknown = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') requiredLimits[name] = value;
  }
  const requiredFeatures = WANTED_FEATURES.filter(feature => adapter.features.has(feature)) as GPUFeatureName[];
  try {
    return await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch (cause) {
    throw new AppError('device_unavailable', `The GPU could not be opened: ${messageOf(cause)}`, {
      remedy:
        'Look whether another program holds the GPU, update its driver, or set BACKEND=wasm to compute on the CPU.',
      cause,
    });
  }
}

/** Turns a lost device and every uncaptured error into one call of `onFatal`. */
function watch(device: GPUDevice, onFatal: (error: AppError) => void): void {
  let told = false;
  const tell = (error: AppError) => {
    if (told) return;
    told = true;
    onFatal(error);
  };
  const remedy = 'The task is tried again on a fresh device; if this repeats, look at the GPU driver and its memory.';
  device.addEventListener('uncapturederror', event => {
    const { error } = event as GPUUncapturedErrorEvent;
    const code = error instanceof GPUOutOfMemoryError ? 'out_of_memory' : 'device_lost';
    tell(new AppError(code, `The GPU refused a command: ${error.message}`, { remedy, cause: error }));
  });
  device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') tell(new AppError('device_lost', `The GPU was lost: ${message}`, { remedy }));
  });
}
