/**
 * On what TensorFlow.js computes: WebGPU where there is a real GPU, else WebAssembly on the CPU. A GPU that the browser only plays in
 * software is slower than WebAssembly, so it is used only where it was asked for by name.
 *
 * Of the three WebAssembly builds the one with SIMD or the plain one is used, from the page's own origin. The third needs threads with
 * shared memory, which browsers give to pages in cross-origin isolation only, and this page does without.
 */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import type { BackendChoice, Device } from './engine-messages.ts';

/** @param onLost told when the GPU is taken away. @throws Error when the one that was asked for cannot be had. */
export async function openBackend(choice: BackendChoice, onLost: (message: string) => void): Promise<Device> {
  const found = choice === 'wasm' ? null : await findAdapter(choice);
  if (found !== null && 'adapter' in found) {
    await import('@tensorflow/tfjs-backend-webgpu');
    if (!(await tf.setBackend('webgpu'))) throw new Error('WebGPU did not start.');
    const { device } = tf.backend() as WebGPUBackend;
    device.lost.then(({ reason, message }) => {
      if (reason !== 'destroyed') onLost(message);
    });
    return { backend: 'webgpu', adapter: found.adapter, refusal: null };
  }
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': '', // TensorFlow.js wants a name; it is not loaded
  });
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly did not start.');
  return { backend: 'wasm', adapter: null, refusal: found?.refusal ?? null };
}

type Found = { adapter: string } | { refusal: NonNullable<Device['refusal']> };

async function findAdapter(choice: 'auto' | 'webgpu'): Promise<Found> {
  const found = await lookForAdapter();
  if (choice === 'auto') return 'adapter' in found && found.isSoftware ? { refusal: 'software-adapter' } : found;
  if ('adapter' in found) return found;
  throw new Error(found.refusal === 'no-webgpu' ? 'This browser has no WebGPU.' : 'The browser gives no GPU.');
}

async function lookForAdapter(): Promise<
  { adapter: string; isSoftware: boolean } | { refusal: 'no-webgpu' | 'no-adapter' }
> {
  if (!('gpu' in navigator)) return { refusal: 'no-webgpu' };
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) return { refusal: 'no-adapter' };
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture || device].filter(Boolean).join(' ');
  return { adapter: name || 'GPU', isSoftware: isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(name) };
}
