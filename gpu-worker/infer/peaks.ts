/**
 * Where each keypoint is: the highest pixel of its confidence map, refined to fractions of a pixel.
 *
 * SLEAP's find_global_peaks with integral refinement (sleap/nn/peak_finding.py): the rough peak is (argmax of the row maxima, argmax of
 * the column maxima); the offset is the mean of -2..2 over the 5x5 patch around it, weighted by the map; beyond the border the map
 * is 0, which pulls peaks near the border inwards. The score is the map's value at the rough peak.
 * This is the plain form over numbers read back once from the device. Leaves out: "local" refinement, several animals.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';

/** SLEAP's default: a peak below it is no peak. */
export const PEAK_THRESHOLD = 0.2;
/** Half of the 5x5 patch. */
const REACH = 2;

export interface PeakOptions {
  threshold: number;
  /** Input pixels per pixel of the maps. */
  outputStride: number;
}

/**
 * Peaks of a batch of confidence maps [B, h, w, K].
 * @returns [B, K, 3] x, y, score; x, y in pixels of the network's input, NaN where the score is below the threshold.
 */
export async function findPeaks(confmaps: Tensor4D, { threshold, outputStride }: PeakOptions): Promise<Float32Array> {
  const [batch, height, width, keypoints] = confmaps.shape;
  const values = (await confmaps.data()) as Float32Array;
  const peaks = new Float32Array(batch * keypoints * 3).fill(Number.NaN);
  const mapSize = height * width * keypoints;
  for (let b = 0; b < batch; b++) {
    const maps = values.subarray(b * mapSize, (b + 1) * mapSize); // [h, w, K]
    const rough = roughPeaks(maps, height, width, keypoints);
    for (let k = 0; k < keypoints; k++) {
      const row = rough.rows[k]!;
      const column = rough.columns[k]!;
      const score = maps[(row * width + column) * keypoints + k]!;
      const out = (b * keypoints + k) * 3;
      peaks[out + 2] = score;
      if (score < threshold) continue;
      const [dx, dy] = integralOffset(maps, height, width, keypoints, k, row, column);
      peaks[out] = (column + dx) * outputStride;
      peaks[out + 1] = (row + dy) * outputStride;
    }
  }
  return peaks;
}

/** Per keypoint the first row and the first column that hold the map's maximum. They need not meet in one pixel when several do. */
function roughPeaks(maps: Float32Array, height: number, width: number, keypoints: number) {
  const rows = new Int32Array(keypoints);
  const columns = new Int32Array(keypoints);
  const highest = new Float32Array(keypoints).fill(Number.NEGATIVE_INFINITY);
  let index = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let k = 0; k < keypoints; k++, index++) {
        const value = maps[index]!;
        if (value > highest[k]!) {
          highest[k] = value;
          rows[k] = row;
          columns[k] = column;
        } else if (value === highest[k]! && column < columns[k]!) {
          columns[k] = column;
        }
      }
    }
  }
  return { rows, columns };
}

/** [dx, dy] in pixels of the map. */
function integralOffset(
  maps: Float32Array,
  height: number,
  width: number,
  keypoints: number,
  k: number,
  row: number,
  column: number,
): [number, number] {
  let sum = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = Math.max(-REACH, -row); y <= Math.min(REACH, height - 1 - row); y++) {
    for (let x = Math.max(-REACH, -column); x <= Math.min(REACH, width - 1 - column); x++) {
      const value = maps[((row + y) * width + column + x) * keypoints + k]!;
      sum += value;
      sumX += value * x;
      sumY += value * y;
    }
  }
  return [sumX / sum, sumY / sum];
}
