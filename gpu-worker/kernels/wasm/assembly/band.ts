/**
 * Copies rows of an image into a band with zeros around them, so that the kernels after it know no edges.
 *
 *   x [H, W, pixels of C floats that lie `pixel` bytes apart]  ->  band [rows, columns, C], without gaps
 *
 * Rows and columns are counted from (row, column) of the image, which may be negative or beyond it: zeros there.
 */

/** @param row,column of the image, where the band begins. @param pixelBytes from one pixel of x to the next. */
export function fillBand(
  band: usize,
  rows: i32,
  columns: i32,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  pixelBytes: usize,
  row: i32,
  column: i32,
): void {
  const packed = (<usize>channels) << 2;
  const before = min(max(-column, 0), columns);
  const inside = max(min(width - column, columns) - before, 0);
  const after = columns - before - inside;
  for (let r = 0; r < rows; r++) {
    const y = row + r;
    if (y < 0 || y >= height || inside === 0) {
      memory.fill(band, 0, <usize>columns * packed);
      band += <usize>columns * packed;
      continue;
    }
    memory.fill(band, 0, <usize>before * packed);
    band += <usize>before * packed;
    let from = x + <usize>(y * width + column + before) * pixelBytes;
    if (pixelBytes === packed) {
      memory.copy(band, from, <usize>inside * packed);
      band += <usize>inside * packed;
    } else {
      for (let c = 0; c < inside; c++) {
        memory.copy(band, from, packed);
        band += packed;
        from += pixelBytes;
      }
    }
    memory.fill(band, 0, <usize>after * packed);
    band += <usize>after * packed;
  }
}
