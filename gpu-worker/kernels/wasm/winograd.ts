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

/** Patches of a block: whole rows of them, or a part of one where that is too much. */
function blockOf({ channels, outHeight, outWidth }: Geometry): { blockRows: number; blockColumns: number } {
  const [down, across] = [Math.ceil(outHeight / 4), Math.ceil(outWidth / 4)];
  const most = Math.max(4, Math.floor(BLOCK_BYTES / (144 * (padded(channels) + 8))));
  const parts = Math.ceil(across / most);
  // Four patches are multiplied at a time.
  const blockColumns = parts === 1 ? across : 4 * Math.ceil(across / parts / 4);
  const rows = Math.max(1, Math.min(down, Math.floor(most / blockColumns)));
  return { blockRows: Math.ceil(down / Math.ceil(down / rows)), blockColumns };
}
