/**
 * The gradient of a 3x3 convolution with stride 1 with respect to its filter, by the transpose of Winograd's F(4x4, 3x3) (winograd-points.ts):
 *
 *   dg = G^T [ sum over patches of (B^T d B) * (A dy A^T) ] G      36 products a patch of 4x4 gradients and pair of channels instead of 144
 *   x [B, H, W, C], dy [B, OH, OW, N]  ->  parts [groups, 36, C, NP], to be added up and turned back (winograd-filter-sum.ts)
 *
 * NP is N rounded up to eight. An item is a pair of rows of the 6x6 for one group of rows of patches. A block of patches in the second-level cache
 * becomes V [12, patches, C] and D [12, patches, N] (winograd-input.ts), and V^T D is added to the part, four by eight numbers at a time. The groups depend
 * on the shapes alone, as in conv-filter-gradient.ts. Channels that do not fill a quad are filled up with zeros.
 */
import { fillBand } from './band';
import { addTile, partRowBytes } from './conv-filter-gradient';
import { padded } from './lanes';
import { winogradGradients, winogradInput } from './winograd-input';
import { firstOfPair, placeBytes, secondOfPair } from './winograd-points';

@unmanaged
export class WinogradFilterGradient {
  x: usize;
  dy: usize;
  parts: usize;
  /** V, D and the bands of each thread, roomBytes apart. */
  room: usize;
  roomBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** From one pixel of x and dy to the next, bytes. */
  xPixel: usize;
  dyPixel: usize;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  top: i32;
  left: i32;
  batch: i32;
  groups: i32;
  /** Patches of a block. */
  blockRows: i32;
  blockColumns: i32;
}

export function winogradFilterGradient(job: WinogradFilterGradient, item: i32, thread: i32): void {
  const group = item / 3;
  const pair = item - 3 * group;
  const down = (job.outHeight + 3) >> 2;
  const across = (job.outWidth + 3) >> 2;
  const rowOfPart = 6 * partPlaceBytes(job.channels, job.outChannels);
  const part = job.parts + <usize>(6 * group) * rowOfPart;
  memory.fill(part + firstOfPair(pair) * rowOfPart, 0, rowOfPart);
  memory.fill(part + secondOfPair(pair) * rowOfPart, 0, rowOfPart);
  const all = job.batch * down;
  const end = <i32>((<i64>(group + 1) * all) / job.groups);
  let row = <i32>((<i64>group * all) / job.groups);
  while (row < end) {
    const image = row / down;
    const first = row - image * down;
    const rows = min(min(job.blockRows, end - row), down - first);
    row += rows;
    for (let column = 0; column < across; column += job.blockColumns) {
      addBlock(job, part, pair, image, 4 * first, 4 * column, rows, min(job.blockColumns, across - column), thread);
    }
  }
}

/** Adds a block of patches to a pair of rows of the 6x6. */
function addBlock(
  job: WinogradFilterGradient,
  part: usize,
  pair: i32,
  image: i32,
  firstRow: i32,
  firstColumn: i32,
  rows: i32,
  columns: i32,
  thread: i32,
): void {
  const patches = rows * columns;
  const channels = padded(job.channels);
  const outChannels = padded(job.outChannels);
  const xBytes = (<usize>channels) << 2;
  const dyBytes = (<usize>outChannels) << 2;
  const v = job.room + <usize>thread * job.roomBytes;
  const vPlace = placeBytes(patches * channels);
  const dPlace = placeBytes(patches * outChannels);
  const d = v + 12 * vPlace;
  const space = d + 12 * dPlace;
  transformImage(job, pair, image, firstRow, firstColumn, rows, columns, v, space);
  transformGradients(job, pair, image, firstRow, firstColumn, rows, columns, d, space);
  const partPlace = partPlaceBytes(job.channels, job.outChannels);
  const partRow = partRowBytes(job.outChannels);
  for (let place: usize = 0; place < 12; place++) {
    const row = place < 6 ? firstOfPair(pair) : secondOfPair(pair);
    const to = part + (6 * row + (place % 6)) * partPlace;
    const xs = v + place * vPlace;
    const dys = d + place * dPlace;
    for (let n: usize = 0; n < partRow; n += 32) {
      for (let c: usize = 0; c < xBytes; c += 16) {
        addTile(to + (c >> 2) * partRow + n, partRow, xs + c, dys + n, 1, patches, 0, xBytes, dyBytes);
      }
    }
  }
}

/** Bytes from one place of a part to the next. */
export function partPlaceBytes(channels: i32, outChannels: i32): usize {
  return placeBytes(padded(channels) * (<i32>partRowBytes(outChannels) >> 2));
}

/** Two rows of V of a block. @param space for the band and for two rows of sums. */
function transformImage(
  job: WinogradFilterGradient,
  pair: i32,
  image: i32,
  firstRow: i32,
  firstColumn: i32,
  rows: i32,
  columns: i32,
  v: usize,
  space: usize,
): void {
  const x = job.x + <usize>(image * job.height * job.width) * job.xPixel;
  const channels = padded(job.channels);
  const pixelBytes = (<usize>channels) << 2;
  const bandColumns = 4 * columns + 2;
  const rowBytes = <usize>bandColumns * pixelBytes;
  const band = space + 2 * rowBytes;
  const top = firstRow - job.top;
  const left = firstColumn - job.left;
  fillBand(band, 4 * rows + 2, bandColumns, channels, x, job.height, job.width, job.channels, job.xPixel, top, left);
  const place = placeBytes(rows * columns * channels);
  for (let r = 0; r < rows; r++) {
    const upper = v + <usize>(r * columns) * pixelBytes;
    const pixels = band + <usize>(4 * r) * rowBytes;
    winogradInput(upper, upper + 6 * place, place, pair, pixels, rowBytes, pixelBytes, columns, space);
  }
}

/** Two rows of D of a block. */
function transformGradients(
  job: WinogradFilterGradient,
  pair: i32,
  image: i32,
  firstRow: i32,
  firstColumn: i32,
  rows: i32,
  columns: i32,
  d: usize,
  space: usize,
): void {
  const dy = job.dy + <usize>(image * job.outHeight * job.outWidth) * job.dyPixel;
  const channels = padded(job.outChannels);
  const pixelBytes = (<usize>channels) << 2;
  const rowBytes = <usize>(4 * columns) * pixelBytes;
  const band = space + 2 * rowBytes;
  const height = job.outHeight;
  const width = job.outWidth;
  fillBand(
    band,
    4 * rows,
    4 * columns,
    channels,
    dy,
    height,
    width,
    job.outChannels,
    job.dyPixel,
    firstRow,
    firstColumn,
  );
  const place = placeBytes(rows * columns * channels);
  for (let r = 0; r < rows; r++) {
    const upper = d + <usize>(r * columns) * pixelBytes;
    const gradients = band + <usize>(4 * r) * rowBytes;
    winogradGradients(upper, upper + 6 * place, place, pair, gradients, rowBytes, pixelBytes, columns, space);
  }
}
