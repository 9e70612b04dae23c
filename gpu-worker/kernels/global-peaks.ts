/**
 * GlobalPeaks: where each confidence map is highest, refined to fractions of a pixel, on the device; three numbers a map are all that is read back.
 *
 *   maps [B, h, w, K]  ->  peaks [B, K, 3]: x, y in pixels of the map, score
 *
 * SLEAP's find_global_peaks (sleap/nn/peak_finding.py). The rough peak is (first row, first column) that holds the map's maximum; where several numbers share it
 * the two need not meet in one of them. The score is the map's number at the rough peak. Refinements:
 *   integral  the mean of the places of the patchSize x patchSize patch around it, weighted by the map, which is 0 outside of itself
 *   local     a quarter of a pixel, along x and along y, towards the larger of the two neighbours; nowhere if they are equal
 * What is no number in a map is passed over, and lends no direction. Where the patch holds a number that is not finite, or its sum is 0 or overflows float32, or the mean would
 * lie outside of the patch (numbers of both signs), the rough peak stands. A score below the threshold, or none, has the place (NaN, NaN).
 *
 * Kernels: webgpu/global-peaks.ts, wasm/global-peaks.ts. Leaves out: several animals, other backends, a gradient.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GlobalPeaksAttrs } from '../../src/contract/global-peaks.ts';

export const GLOBAL_PEAKS = 'GlobalPeaks';

/** As the kernels get them: TensorFlow.js's attributes know no null. */
export type PeakKernelAttrs = Omit<GlobalPeaksAttrs, 'refinement'> & { refinement: 'integral' | 'local' | 'none' };

/**
 * @param maps [B, h, w, K], float32.
 * @returns [B, K, 3] x, y in pixels of the map (NaN, NaN below the threshold), score. The NaNs are real ones on every backend: `data()` gives them.
 * @throws Error where the patch has no centre, or the threshold is no number.
 */
export function globalPeaks(maps: tf.Tensor4D, { threshold, refinement, patchSize }: GlobalPeaksAttrs): tf.Tensor3D {
  if (!(patchSize >= 3 && patchSize % 2 === 1)) throw new Error(`A patch of ${patchSize} pixels has no centre.`);
  if (Number.isNaN(threshold)) throw new Error('The threshold of a peak is NaN.');
  const attrs = { threshold, refinement: refinement ?? 'none', patchSize } satisfies PeakKernelAttrs;
  return tf.engine().runKernel(GLOBAL_PEAKS, { maps }, attrs) as tf.Tensor3D;
}
