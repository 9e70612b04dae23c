/**
 * The input of Winograd's F(2x2, 3x3): a patch of 4x4 pixels for every 2x2 of the output.
 *
 *   V = B^T d B,   B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1]
 *
 * A row of V needs two rows of the patch only, so rows can be made one by one; and neighbours share two columns, so each pixel is read twice and
 * a patch and channel takes 24 additions.
 */

/**
 * One row of V of a row of patches, all channels.
 * @param v its first place, patch after patch; `place` bytes on, the next. @param row of V, 0 to 3.
 * @param pixels the first one of the first patch. @param rowBytes,pixelBytes from one row and pixel to the next; channels lie together, a multiple of four.
 */
export function winogradInputRow(
  v: usize,
  place: usize,
  row: i32,
  pixels: usize,
  rowBytes: usize,
  pixelBytes: usize,
  patches: i32,
): void {
  // Row 0 is d0 - d2, row 1 d1 + d2, row 2 d2 - d1, row 3 d1 - d3.
  const a = pixels + (row === 0 ? 0 : row === 2 ? 2 * rowBytes : rowBytes);
  const b = pixels + (row === 3 ? 3 * rowBytes : row === 2 ? rowBytes : 2 * rowBytes);
  if (row === 1) {
    for (let c: usize = 0; c < pixelBytes; c += 16) sums(v + c, place, a + c, b + c, pixelBytes, patches);
  } else {
    for (let c: usize = 0; c < pixelBytes; c += 16) differences(v + c, place, a + c, b + c, pixelBytes, patches);
  }
}

function sums(v: usize, place: usize, a: usize, b: usize, pixelBytes: usize, patches: i32): void {
  let t0 = f32x4.add(v128.load(a), v128.load(b));
  let t1 = f32x4.add(v128.load(a + pixelBytes), v128.load(b + pixelBytes));
  for (let patch = 0; patch < patches; patch++) {
    a += 2 * pixelBytes;
    b += 2 * pixelBytes;
    const t2 = f32x4.add(v128.load(a), v128.load(b));
    const t3 = f32x4.add(v128.load(a + pixelBytes), v128.load(b + pixelBytes));
    storeRow(v, place, t0, t1, t2, t3);
    v += pixelBytes;
    t0 = t2;
    t1 = t3;
  }
}

function differences(v: usize, place: usize, a: usize, b: usize, pixelBytes: usize, patches: i32): void {
  let t0 = f32x4.sub(v128.load(a), v128.load(b));
  let t1 = f32x4.sub(v128.load(a + pixelBytes), v128.load(b + pixelBytes));
  for (let patch = 0; patch < patches; patch++) {
    a += 2 * pixelBytes;
    b += 2 * pixelBytes;
    const t2 = f32x4.sub(v128.load(a), v128.load(b));
    const t3 = f32x4.sub(v128.load(a + pixelBytes), v128.load(b + pixelBytes));
    storeRow(v, place, t0, t1, t2, t3);
    v += pixelBytes;
    t0 = t2;
    t1 = t3;
  }
}

function storeRow(v: usize, place: usize, t0: v128, t1: v128, t2: v128, t3: v128): void {
  v128.store(v, f32x4.sub(t0, t2));
  v += place;
  v128.store(v, f32x4.add(t1, t2));
  v += place;
  v128.store(v, f32x4.sub(t2, t1));
  v += place;
  v128.store(v, f32x4.sub(t1, t3));
}
