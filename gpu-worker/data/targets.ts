/**
 * Confidence maps: what the network learns to draw, one channel per keypoint.
 *
 *   cm[row, column, k] = exp(-((s*column - x_k)^2 + (s*row - y_k)^2) / (2 S^2))      with S = sigma * s
 *
 * Semantics of SLEAP (sleap/nn/data/confidence_maps.py): pixel centres at integers, the peak is 1 and is not normalised, a keypoint
 * without coordinates is a channel of zeros. SLEAP multiplies sigma by the stride, contrary to its own description of the setting.
 * The Gaussian is a product of one in x and one in y, so only (width + height) * K exponentials are computed.
 */

export interface TargetGeometry {
  /** Size of the network's input, in pixels. */
  heightPx: number;
  widthPx: number;
  /** Input pixels per pixel of the map, s. */
  stride: number;
  /** Spread in pixels of the map (heads_sigma). */
  sigma: number;
}

/**
 * Draws the maps of one frame.
 * @param points [K, 2] x, y in input pixels; NaN: not visible.
 * @param out [ceil(height/s), ceil(width/s), K], overwritten.
 */
export function drawConfidenceMaps(
  points: Float32Array,
  { heightPx, widthPx, stride, sigma }: TargetGeometry,
  out: Float32Array,
): void {
  const keypoints = points.length / 2;
  const rows = Math.ceil(heightPx / stride);
  const columns = Math.ceil(widthPx / stride);
  if (out.length !== rows * columns * keypoints) {
    throw new RangeError(`out holds ${out.length} numbers, the maps ${rows} x ${columns} x ${keypoints}`);
  }
  const alongX = profile(points, 0, columns, stride, sigma * stride); // [columns, K]
  const alongY = profile(points, 1, rows, stride, sigma * stride); // [rows, K]
  let index = 0;
  for (let row = 0; row < rows; row++) {
    const yStart = row * keypoints;
    for (let xIndex = 0; xIndex < alongX.length; xIndex += keypoints) {
      for (let k = 0; k < keypoints; k++) out[index++] = alongX[xIndex + k]! * alongY[yStart + k]!;
    }
  }
}

/** One axis of every keypoint's Gaussian, [length, K]; zeros for a keypoint without coordinates. */
function profile(points: Float32Array, axis: 0 | 1, length: number, stride: number, spreadPx: number): Float64Array {
  const keypoints = points.length / 2;
  const values = new Float64Array(length * keypoints);
  for (let k = 0; k < keypoints; k++) {
    const centre = points[2 * k + axis]!;
    if (Number.isNaN(points[2 * k]!) || Number.isNaN(points[2 * k + 1]!)) continue;
    for (let i = 0; i < length; i++) {
      const distance = (i * stride - centre) / spreadPx;
      values[i * keypoints + k] = Math.exp(-0.5 * distance * distance);
    }
  }
  return values;
}
