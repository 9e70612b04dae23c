/**
 * Convolution as an implicit matrix product, with bias and rectifier: y = act(conv(x, filter) + bias).
 *
 *   x [B, H, W, C], panels (pack-filter.ts)  ->  y [B, OH, OW, N]
 *   GEMM: B*OH*OW pixels x N channels, summed over the taps and channels of the filter
 *
 * An item is a band of output rows of one image, for some of the panels. It copies the rows of x that it needs, with zeros around them, into a band
 * of its own, which stays in the second-level cache, and makes of it four pixels by eight channels at a time (conv-tile.ts).
 * Taps of a filter's row that lie together in the band, as they do without dilation, are one run.
 */
import { fillBand } from './band';
import { convRow } from './conv-tile';
import { panelBytes } from './pack-filter';

@unmanaged
export class Conv {
  x: usize;
  panels: usize;
  y: usize;
  /** A band for each thread, bandBytes apart; 0 where nothing is padded and x is read as it is. */
  band: usize;
  bandBytes: usize;
  height: i32;
  width: i32;
  channels: i32;
  /** From one pixel of x to the next, bytes: more than its channels where they are a group of them. */
  xPixel: usize;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  /** From one image, row and pixel of y to the next, bytes. */
  yImage: usize;
  yRow: usize;
  yPixel: usize;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  /** Zeros before the image; negative where its first rows or columns are not read. */
  top: i32;
  left: i32;
  /** Output rows of a band. */
  bandRows: i32;
  /** Bands of an image. */
  bands: i32;
  /** Into how many items the panels of a band are divided. */
  shares: i32;
  rectify: i32;
}

export function conv(job: Conv, item: i32, thread: i32): void {
  const share = item % job.shares;
  const image = item / job.shares / job.bands;
  const firstRow = ((item / job.shares) % job.bands) * job.bandRows;
  const rows = min(job.bandRows, job.outHeight - firstRow);

  const x = job.x + <usize>(image * job.height * job.width) * job.xPixel;
  const firstInput = firstRow * job.strideHeight - job.top;
  let band = x + <usize>(firstInput * job.width - job.left) * job.xPixel;
  let pixelBytes = job.xPixel;
  let rowBytes = <usize>job.width * pixelBytes;
  if (job.band !== 0) {
    band = job.band + <usize>thread * job.bandBytes;
    pixelBytes = (<usize>job.channels) << 2;
    const bandRows = (rows - 1) * job.strideHeight + (job.kernelHeight - 1) * job.dilationHeight + 1;
    const columns = (job.outWidth - 1) * job.strideWidth + (job.kernelWidth - 1) * job.dilationWidth + 1;
    fillBand(
      band,
      bandRows,
      columns,
      job.channels,
      x,
      job.height,
      job.width,
      job.channels,
      job.xPixel,
      firstInput,
      -job.left,
    );
    rowBytes = <usize>columns * pixelBytes;
  }

  const together = job.dilationWidth === 1 && pixelBytes === (<usize>job.channels) << 2;
  const taps = together ? 1 : job.kernelWidth;
  const run = together ? job.kernelWidth * job.channels : job.channels;
  const tapStep = together ? (<usize>run) << 2 : <usize>job.dilationWidth * pixelBytes;
  const tapSkip = tapStep - ((<usize>run) << 2);
  const rowSkip = <usize>job.dilationHeight * rowBytes - <usize>taps * tapStep;

  const xStep = <usize>job.strideWidth * pixelBytes;
  const xRow = <usize>job.strideHeight * rowBytes;
  const floor: f32 = job.rectify ? 0 : -Infinity;
  const panelCount = (job.outChannels + 7) >> 3;
  const lastPanel = ((share + 1) * panelCount) / job.shares;
  const bytes = panelBytes(job.kernelHeight * job.kernelWidth * job.channels);
  const y = job.y + <usize>image * job.yImage + <usize>firstRow * job.yRow;
  for (let p = (share * panelCount) / job.shares; p < lastPanel; p++) {
    const panel = job.panels + <usize>p * bytes;
    const wanted = min(8, job.outChannels - (p << 3));
    let from = band;
    let to = y + ((<usize>p) << 5);
    for (let row = 0; row < rows; row++) {
      const width = job.outWidth;
      convRow(from, xStep, to, job.yPixel, width, panel, wanted, job.kernelHeight, taps, run, tapSkip, rowSkip, floor);
      from += xRow;
      to += job.yRow;
    }
  }
}
