/**
 * Where each keypoint is, in pixels of the network's input: the peaks of its confidence maps, found and refined on the device as SLEAP does by default.
 *
 * What a peak is, and what becomes of one near the border: kernels/global-peaks.ts. Leaves out: several animals.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { USUAL_PEAKS } from '../../src/contract/global-peaks.ts';
import { globalPeaks } from '../kernels/global-peaks.ts';

export interface PeakOptions {
  threshold: number;
  /** Input pixels per pixel of the maps. */
  outputStride: number;
}

/**
 * Peaks of a batch of confidence maps [B, h, w, K]: three numbers a map are read back.
 * @returns [B, K, 3] x, y, score; x, y in pixels of the network's input, NaN where the score is below the threshold.
 */
export async function findPeaks(confmaps: Tensor4D, { threshold, outputStride }: PeakOptions): Promise<Float32Array> {
  const onMaps = globalPeaks(confmaps, { ...USUAL_PEAKS, threshold });
  const peaks = await onMaps.data<'float32'>();
  onMaps.dispose();
  return peaks.map((number, i) => (i % 3 === 2 ? number : number * outputStride));
}
