/**
 * When and how a 3x3 convolution is computed by Winograd's F(4x4, 3x3) (assembly/winograd.ts): blocks of patches that fit the second-level cache.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type Geometry, imageArguments, type Places, packArguments, panelShares } from './geometry.ts';
import { aligned, runJob, threadCount, withRoom } from './threads.ts';

/** What V and the products of one panel of a block may take. */
const BLOCK_BYTES = 256 * 1024;
/** For A^T m of four channels of a patch; OUTPUT_ROOM in assembly/winograd-output.ts. */
const OUTPUT_ROOM = 384;
/** So many channels, rounded up to whole quads. */
export const padded = (channels: number) => 4 * Math.ceil(channels / 4);
/** Bytes from one of the 36 places to the next (assembly/winograd-points.ts). */
export const placeBytes = (numbers: number) => 4 * numbers + 64;
/** With fewer, the transforms cost more than they save: in or out, and in times out. */
const LEAST_CHANNELS = 8;
const LEAST_PAIRS = 128;

export function takesWinograd({ kernelHeight, kernelWidth, channels, outChannels, ...geometry }: Geometry): boolean {
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = geometry;
  const isPlain = strideHeight === 1 && strideWidth === 1 && dilationHeight === 1 && dilationWidth === 1;
  const enough = Math.min(channels, outChannels) >= LEAST_CHANNELS && channels * outChannels >= LEAST_PAIRS;
  return kernelHeight === 3 && kernelWidth === 3 && isPlain && enough;
}

export function runWinograd(backend: BackendWasm, geometry: Geometry, places: Places): void {
  const { batch, height, width, channels, outHeight, outWidth, outChannels, top, left } = geometry;
  const inputs = padded(channels);
  const panelCount = Math.ceil(outChannels / 8);
  const panelsBytes = aligned(panelCount * (32 + 36 * placeBytes(8 * inputs)));
  const { blockRows, blockColumns } = blockOf(geometry);
  const blocksDown = Math.ceil(outHeight / 4 / blockRows);
  const blocksAcross = Math.ceil(outWidth / 4 / blockColumns);
  const items = batch * blocksDown * blocksAcross;
  const shares = panelShares(panelCount, items);
  const patches = 4 * Math.ceil((blockRows * blockColumns) / 4);
  const products = 36 * placeBytes(8 * patches);
  const band = 4 * inputs * (4 * blockRows + 4) * (4 * blockColumns + 2);
  const roomBytes = aligned(OUTPUT_ROOM + 36 * placeBytes(patches * inputs) + Math.max(products, band));
  withRoom(backend, panelsBytes + threadCount() * roomBytes, panels => {
    runJob('winogradFilter', packArguments(geometry, places, panels), panelCount);
    const sizes = { height, width, channels, outHeight, outWidth, outChannels, top, left };
    const division = { blockRows, blockColumns, blocksDown, blocksAcross, shares };
    const room = { panels, room: panels + panelsBytes, roomBytes };
    runJob('winograd', { ...sizes, ...imageArguments(places), ...division, ...room }, items * shares);
  });
}

/**
 * Patches of a block: as many as fit the cache, in a rectangle that leaves least to do in vain, since four patches are multiplied at a time: ten
 * across are five blocks of 2 x 4 rather than an 8 and a 2.
 */
function blockOf({ channels, outHeight, outWidth }: Geometry): { blockRows: number; blockColumns: number } {
  const [down, across] = [Math.ceil(outHeight / 4), Math.ceil(outWidth / 4)];
  const most = Math.max(4, Math.floor(BLOCK_BYTES / (144 * (padded(channels) + 8))));
  let best = { blockRows: 1, blockColumns: 1, multiplied: Number.POSITIVE_INFINITY };
  for (let blockColumns = 1; blockColumns <= Math.min(across, most); blockColumns++) {
    for (let blockRows = 1; blockRows <= down && blockRows * blockColumns <= most; blockRows++) {
      const multiplied = patchesMultiplied(down, across, blockRows, blockColumns);
      const isLarger = blockRows * blockColumns > best.blockRows * best.blockColumns;
      if (multiplied < best.multiplied || (multiplied === best.multiplied && isLarger))
        best = { blockRows, blockColumns, multiplied };
    }
  }
  return best;
}

/** Of an image, those included that fill the last four of a block. */
function patchesMultiplied(down: number, across: number, rows: number, columns: number): number {
  const [lastRows, lastColumns] = [down % rows, across % columns];
  const [fullRows, fullColumns] = [Math.floor(down / rows), Math.floor(across / columns)];
  const whole = fullRows * (fullColumns * padded(rows * columns) + padded(rows * lastColumns));
  return whole + fullColumns * padded(lastRows * columns) + padded(lastRows * lastColumns);
}
