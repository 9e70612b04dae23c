/** How the filter gradient of a 3x3 convolution is computed by Winograd's F(4x4, 3x3) (assembly/winograd-filter-gradient.ts): its groups and blocks. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { FilterGradientPlaces, Geometry } from './geometry.ts';
import { aligned, runJob, threadCount, withRoom } from './threads.ts';
import { padded, placeBytes } from './winograd.ts';

/** Of three items each: for eight threads in three rounds. */
const GROUPS = 8;
/** What all parts may take; two groups in any case. */
const PARTS_BYTES = 8 * 2 ** 20;
/** What V and D of a block may take. */
const BLOCK_BYTES = 384 * 1024;
/** For four numbers of G^T S. */
const SUM_ROOM = 320;

export function sumWinogradGradient(backend: BackendWasm, geometry: Geometry, places: FilterGradientPlaces): void {
  const { batch, height, width, channels, outHeight, outWidth, outChannels, top, left } = geometry;
  const [down, across] = [Math.ceil(outHeight / 4), Math.ceil(outWidth / 4)];
  const [inputs, outputs] = [padded(channels), padded(outChannels)];
  const partBytes = 36 * placeBytes(inputs * 8 * Math.ceil(outChannels / 8));
  const groups = Math.min(batch * down, Math.max(2, Math.min(GROUPS, Math.floor(PARTS_BYTES / partBytes))));
  const most = Math.max(8, Math.floor(BLOCK_BYTES / (48 * (inputs + outputs))));
  const blockColumns = Math.ceil(across / Math.ceil(across / most));
  const blockRows = Math.max(1, Math.min(down, Math.floor(most / blockColumns)));
  const patches = blockRows * blockColumns;
  const images = 12 * (placeBytes(patches * inputs) + placeBytes(patches * outputs));
  const band = 4 * Math.max(inputs, outputs) * (4 * blockRows + 4) * (4 * blockColumns + 2);
  const roomBytes = aligned(Math.max(SUM_ROOM, images + band));
  const partsBytes = aligned(groups * partBytes);
  withRoom(backend, partsBytes + threadCount() * roomBytes, parts => {
    const room = { parts, room: parts + partsBytes, roomBytes, groups, channels, outChannels };
    const sizes = { batch, height, width, outHeight, outWidth, top, left, blockRows, blockColumns };
    const steps = { x: places.x, dy: places.dy, xPixel: 4 * places.xPixel, dyPixel: 4 * places.dyPixel };
    runJob('winogradFilterGradient', { ...sizes, ...steps, ...room }, 3 * groups);
    runJob('sumWinogradParts', { ...room, sum: places.sum, sumRow: 4 * places.sumStep }, channels);
  });
}
