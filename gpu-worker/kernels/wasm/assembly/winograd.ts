/**
 * A 3x3 convolution with stride 1 by Winograd's minimal filtering F(4x4, 3x3) (winograd-points.ts), bias and rectifier with it.
 *
 *   x [B, H, W, C], panels (winograd-filter.ts)  ->  y [B, OH, OW, N]
 *
 * A patch of 4x4 outputs takes 36 products a pair of channels instead of 144, a quarter of the arithmetic; what is left is 36 matrix products, one for
 * each place of the 6x6, of patches x channels. An item is a block of patches of one image that fits the second-level cache:
 *   band    the block's pixels with zeros around the image        [rows, columns, C]
 *   V       [36, patches, C]                                      winograd-input.ts
 *   M       [36, patches, 8], for one panel of eight output channels after another
 *   y       A^T M A                                               winograd-output.ts
 * Channels that do not fill a quad are filled up with zeros.
 */
import { fillBand } from './band';
import { convRow } from './conv-tile';
import { padded } from './lanes';
import { winogradPanelBytes } from './winograd-filter';
import { winogradInput } from './winograd-input';
import { OUTPUT_ROOM, winogradOutput } from './winograd-output';
import { firstOfPair, PLACES, placeBytes, secondOfPair } from './winograd-points';

@unmanaged
export class Winograd {
  x: usize;
  panels: usize;
  y: usize;
  /** V, and M or the band, of each thread, roomBytes apart. */
  room: usize;
  roomBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** From one pixel of x to the next, bytes. */
  xPixel: usize;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  /** From one image, row and pixel of y to the next, bytes. */
  yImage: usize;
  yRow: usize;
  yPixel: usize;
  /** Zeros before the image. */
  top: i32;
  left: i32;
  /** Patches of a block, and blocks of an image. */
  blockRows: i32;
  blockColumns: i32;
  blocksDown: i32;
  blocksAcross: i32;
  /** Into how many items the panels of a block are divided. */
  shares: i32;
  rectify: i32;
}

export function winograd(job: Winograd, item: i32, thread: i32): void {
  const share = item % job.shares;
  const block = item / job.shares;
  const image = block / (job.blocksDown * job.blocksAcross);
  const firstRow = ((block / job.blocksAcross) % job.blocksDown) * job.blockRows;
  const firstColumn = (block % job.blocksAcross) * job.blockColumns;
  const rows = min(job.blockRows, ((job.outHeight + 3) >> 2) - firstRow);
  const columns = min(job.blockColumns, ((job.outWidth + 3) >> 2) - firstColumn);
  // The products are made of four patches at a time.
  const patches = (rows * columns + 3) & ~3;

  const room = job.room + <usize>thread * job.roomBytes;
  const v = room + OUTPUT_ROOM;
  const channels = padded(job.channels);
  const place = placeBytes(patches * channels);
  const productPlace = placeBytes(patches << 3);
  const m = v + PLACES * place;
  transformInput(job, image, 4 * firstRow, 4 * firstColumn, rows, columns, v, place, m);

  const panelCount = (job.outChannels + 7) >> 3;
  const lastPanel = ((share + 1) * panelCount) / job.shares;
  const y =
    job.y + <usize>image * job.yImage + <usize>(4 * firstRow) * job.yRow + <usize>(4 * firstColumn) * job.yPixel;
  for (let p = (share * panelCount) / job.shares; p < lastPanel; p++) {
    const panel = job.panels + <usize>p * winogradPanelBytes(job.channels);
    for (let at: usize = 0; at < PLACES; at++) {
      const weights = panel + 32 + at * placeBytes(channels << 3);
      const to = m + at * productPlace;
      convRow(v + at * place, (<usize>channels) << 2, to, 32, patches, weights, 8, 1, 1, channels, 0, 0, -Infinity);
    }
    const quads = min(2, (padded(job.outChannels) >> 2) - 2 * p);
    for (let quad: usize = 0; quad < <usize>quads; quad++) {
      const bias = v128.load(panel + 16 * quad);
      const to = y + ((<usize>p) << 5) + 16 * quad;
      const lanes = min(4, job.outChannels - 8 * p - 4 * <i32>quad);
      transformOutput(job, m + 16 * quad, productPlace, bias, to, firstRow, firstColumn, rows, columns, lanes, room);
    }
  }
}

/** V of a block. @param space for the band and for two rows of sums. */
function transformInput(
  job: Winograd,
  image: i32,
  firstRow: i32,
  firstColumn: i32,
  rows: i32,
  columns: i32,
  v: usize,
  place: usize,
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
  for (let r = 0; r < rows; r++) {
    const pixels = band + <usize>(4 * r) * rowBytes;
    const to = v + <usize>(r * columns) * pixelBytes;
    for (let pair = 0; pair < 3; pair++) {
      const upper = to + 6 * firstOfPair(pair) * place;
      const lower = to + 6 * secondOfPair(pair) * place;
      winogradInput(upper, lower, place, pair, pixels, rowBytes, pixelBytes, columns, space);
    }
  }
}

/** Up to four channels of y of a block. */
function transformOutput(
  job: Winograd,
  m: usize,
  place: usize,
  bias: v128,
  y: usize,
  firstRow: i32,
  firstColumn: i32,
  rows: i32,
  columns: i32,
  lanes: i32,
  room: usize,
): void {
  const least = f32x4.splat(job.rectify ? 0 : -Infinity);
  for (let r = 0; r < rows; r++) {
    const rowsLeft = min(4, job.outHeight - 4 * (firstRow + r));
    for (let c = 0; c < columns; c++) {
      const columnsLeft = min(4, job.outWidth - 4 * (firstColumn + c));
      const to = y + <usize>(4 * r) * job.yRow + <usize>(4 * c) * job.yPixel;
      winogradOutput(m, place, bias, to, job.yRow, job.yPixel, rowsLeft, columnsLeft, least, lanes, room);
      m += 32;
    }
  }
}
