/** How the filter gradient of a 3x3 convolution is computed by Winograd's F(2x2, 3x3) (assembly/winograd-filter-gradient.ts): its groups and blocks. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { FilterGradientPlaces } from './conv2d-backprop-filter.ts';
import type { Geometry } from './convolution.ts';
import { aligned, runJob, threadCount, withRoom } from './threads.ts';

/** Of four items each: for eight threads in three rounds. */
const GROUPS = 6;
/** What all parts may take; two groups in any case. */
const PARTS_BYTES = 4 * 2 ** 20;
/** What a block may take: the second-level cache of the smallest cores is 256 KiB. */
const BLOCK_BYTES = 128 * 1024;

export function sumWinogradGradient(backend: BackendWasm, geometry: Geometry, places: FilterGradientPlaces): void {
  const { batch, height, width, channels, outHeight, outWidth, outChannels, top, left } = geometry;
  const padded = 8 * Math.ceil(outChannels / 8);
  const [down, across] = [Math.ceil(outHeight / 2), Math.ceil(outWidth / 2)];
  const partBytes = 64 * channels * padded;
  const groups = Math.min(batch * down, Math.max(2, Math.min(GROUPS, Math.floor(PARTS_BYTES / partBytes))));
  const most = Math.max(8, Math.floor(BLOCK_BYTES / (16 * (channels + padded))));
  const blockColumns = Math.ceil(across / Math.ceil(across / most));
  const blockRows = Math.max(1, Math.min(down, Math.floor(most / blockColumns)));
  const band = 4 * channels * (2 * blockRows + 2) * (2 * blockColumns + 2);
  const roomBytes = aligned(16 * blockRows * blockColumns * (channels + padded) + band);
  const partsBytes = aligned(groups * partBytes);
  withRoom(backend, partsBytes + threadCount() * roomBytes, parts => {
    const sizes = { batch, height, width, channels, outHeight, outWidth, outChannels, top, left };
    const steps = { x: places.x, dy: places.dy, xPixel: 4 * places.xPixel, dyPixel: 4 * places.dyPixel };
    const room = { parts, room: parts + partsBytes, roomBytes, groups, blockRows, blockColumns };
    runJob('winogradFilterGradient', { ...sizes, ...steps, ...room }, 4 * groups);
    runJob('sumWinogradParts', { parts, sum: places.sum, groups, channels, outChannels }, channels);
  });
}
