/**
 * Mixed precision, as the convolutions of this folder do it: both factors of every product are rounded to float16 where they enter workgroup
 * memory; sums are float32, and so is whatever is stored, weights and gradients included (Micikevicius et al. 2018).
 *
 * Gradients of a mean over a million pixels lie below float16's smallest number, 6e-8: whoever trains this way scales the loss. What lies beyond
 * 65504 is rounded to that, so nothing becomes infinite and no step has to be repeated with another scale. Needs the device feature shader-f16.
 */
import * as tf from '@tensorflow/tfjs-core';
import { webGpuBackend } from '../../device/tfjs-webgpu.ts';

let half = false;

/** Whether the active device can multiply in float16. */
export function hasMixedPrecision(): boolean {
  return tf.getBackend() === 'webgpu' && webGpuBackend().device.features.has('shader-f16');
}

/** Runs `work`, which must be synchronous; the convolutions it starts have float16 factors. */
export function withHalfProducts<T>(work: () => T): T {
  const before = half;
  half = true;
  try {
    return work();
  } finally {
    half = before;
  }
}

/** Whether the convolution that starts now has float16 factors. */
export function halfProducts(): boolean {
  return half;
}
