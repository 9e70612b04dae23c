/**
 * The input of Winograd's F(2x2, 3x3): a patch of 4x4 pixels for every 2x2 of the output.
 *
 *   V = B^T d B,   B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1]      32 additions a patch and channel
 *
 * A row of V needs two rows of the patch only, so rows can be made one by one.
 */

/**
 * One row of V of one patch, all channels.
 * @param v its first place; `place` bytes on, the next. @param row of V, 0 to 3.
 * @param patch its first pixel. @param rowBytes,pixelBytes from one row and pixel to the next; channels lie together, a multiple of four.
 */
export function winogradInputRow(
  v: usize,
  place: usize,
  row: i32,
  patch: usize,
  rowBytes: usize,
  pixelBytes: usize,
): void {
  // Row 0 is d0 - d2, row 1 d1 + d2, row 2 d2 - d1, row 3 d1 - d3.
  const a = patch + (row === 0 ? 0 : row === 2 ? 2 * rowBytes : rowBytes);
  const b = patch + (row === 3 ? 3 * rowBytes : row === 2 ? rowBytes : 2 * rowBytes);
  if (row === 1) {
    for (let c: usize = 0; c < pixelBytes; c += 16) {
      const t0 = f32x4.add(v128.load(a + c), v128.load(b + c));
      const t1 = f32x4.add(v128.load(a + pixelBytes + c), v128.load(b + pixelBytes + c));
      const t2 = f32x4.add(v128.load(a + 2 * pixelBytes + c), v128.load(b + 2 * pixelBytes + c));
      const t3 = f32x4.add(v128.load(a + 3 * pixelBytes + c), v128.load(b + 3 * pixelBytes + c));
      storeRow(v + c, place, t0, t1, t2, t3);
    }
  } else {
    for (let c: usize = 0; c < pixelBytes; c += 16) {
      const t0 = f32x4.sub(v128.load(a + c), v128.load(b + c));
      const t1 = f32x4.sub(v128.load(a + pixelBytes + c), v128.load(b + pixelBytes + c));
      const t2 = f32x4.sub(v128.load(a + 2 * pixelBytes + c), v128.load(b + 2 * pixelBytes + c));
      const t3 = f32x4.sub(v128.load(a + 3 * pixelBytes + c), v128.load(b + 3 * pixelBytes + c));
      storeRow(v + c, place, t0, t1, t2, t3);
    }
  }
}

function storeRow(v: usize, place: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
  v128.store(v, f32x4.sub(t0, t2));
  v128.store(v + place, f32x4.add(t1, t2));
  v128.store(v + 2 * place, f32x4.sub(t2, t1));
  v128.store(v + 3 * place, f32x4.sub(t1, t3));
}
