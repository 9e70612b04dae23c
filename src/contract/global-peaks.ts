/**
 * Where each confidence map is highest, refined to fractions of a pixel: SLEAP's find_global_peaks (sleap/nn/peak_finding.py).
 *
 * What a peak is, and what becomes of one near the border, is told in gpu-worker/kernels/global-peaks.ts, whose kernels do the same on the device
 * and are held against this. Here it is done the plain way, number by number in 64 bits, which suits a single frame in the page.
 */

export interface GlobalPeaksAttrs {
  /** As float32: a peak below it has no place. */
  threshold: number;
  refinement: 'integral' | 'local' | null;
  /** Side of the integral refinement's patch in pixels of the map: odd, 3 or more. */
  patchSize: number;
}

/** SLEAP's defaults. */
export const USUAL_PEAKS = { threshold: 0.2, refinement: 'integral', patchSize: 5 } as const satisfies GlobalPeaksAttrs;

interface Map {
  height: number;
  width: number;
  /** 0 outside of the map. */
  at(row: number, column: number): number;
}

/** @param values [B, h, w, K]. @returns [B, K, 3] x, y in pixels of the map (NaN below the threshold), score. */
export function findGlobalPeaks(
  values: Float32Array,
  [batch, height, width, keypoints]: readonly [number, number, number, number],
  { threshold, refinement, patchSize }: GlobalPeaksAttrs,
): Float32Array {
  const peaks = new Float32Array(batch * keypoints * 3).fill(Number.NaN);
  for (let b = 0; b < batch; b++) {
    for (let k = 0; k < keypoints; k++) {
      const at = (row: number, column: number) =>
        row < 0 || column < 0 || row >= height || column >= width
          ? 0
          : values[((b * height + row) * width + column) * keypoints + k]!;
      const map = { height, width, at };
      const [row, column] = roughPeak(map);
      const out = (b * keypoints + k) * 3;
      const score = at(row, column);
      peaks[out + 2] = score;
      if (!(score >= Math.fround(threshold))) continue;
      let offset: [number, number] = [0, 0];
      if (refinement === 'integral') offset = integralOffset(map, row, column, (patchSize - 1) / 2);
      if (refinement === 'local') offset = localOffset(map, row, column);
      peaks[out] = column + offset[0];
      peaks[out + 1] = row + offset[1];
    }
  }
  return peaks;
}

/** The first row and the first column that hold the map's maximum. They need not meet in one pixel when several do. */
function roughPeak({ height, width, at }: Map): [row: number, column: number] {
  let [highest, peakRow, peakColumn] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = at(row, column);
      if (value > highest) {
        [highest, peakRow, peakColumn] = [value, row, column];
      } else if (value === highest && column < peakColumn) {
        peakColumn = column;
      }
    }
  }
  return [peakRow, peakColumn];
}

function integralOffset({ at }: Map, row: number, column: number, reach: number): [dx: number, dy: number] {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const value = at(row + y, column + x);
      sum += value;
      sumX += value * x;
      sumY += value * y;
    }
  }
  const [dx, dy] = [sumX / sum, sumY / sum];
  return Math.abs(dx) <= reach && Math.abs(dy) <= reach ? [dx, dy] : [0, 0];
}

function localOffset({ at }: Map, row: number, column: number): [dx: number, dy: number] {
  const quarter = (before: number, after: number) => 0.25 * (Number(after > before) - Number(after < before));
  return [quarter(at(row, column - 1), at(row, column + 1)), quarter(at(row - 1, column), at(row + 1, column))];
}
