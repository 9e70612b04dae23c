/**
 * From 8-bit frames to a network's input in one pass: levels over 255, scaled, and zeros up to the network's size.
 *
 *   levels [B, H, W, C] 0..255  ->  [B, h, w, C] float32 in [0, 1]
 *
 * Bilinear, with half-pixel centres and without smoothing, as TensorFlow.js's resizeBilinear does it, whose float32 positions are computed here too (XNNPACK's
 * indirection.c). Rows of the result are shared out (assembly/fit-levels.ts); which levels are mixed is the same for all rows and laid out before. Bytes that
 * do not lie in the heap already (heap-room.ts) are copied there for as long as the pass. Stock operations turn them into float32 on the host and then divide, resize and pad,
 * each on one thread and with a tensor of its own. Bytes: up to 4 read, 4 written a number. Leaves out: WebGPU (../webgpu/levels.ts).
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { bandsOf } from './division.ts';
import { addressOf, aligned, runJob, withRoom } from './threads.ts';

/** What becomes of a frame. */
interface Fitting {
  /** After scaling. */
  scaledHeightPx: number;
  scaledWidthPx: number;
  /** With the zeros at the bottom and the right: no smaller. */
  heightPx: number;
  widthPx: number;
}

/**
 * On the wasm backend, which must be active.
 * @param frames levels, one frame after another; read in place where they lie in the backend's heap.
 * @param size of a frame.
 * @returns [B, heightPx, widthPx, C]
 * @throws Error where the levels are not those of whole frames. AppError out_of_memory
 */
export function fitLevels(
  frames: Uint8Array,
  { heightPx: inHeight, widthPx: inWidth, channels }: { heightPx: number; widthPx: number; channels: number },
  { scaledHeightPx: scaledHeight, scaledWidthPx, heightPx: height, widthPx }: Fitting,
): tf.Tensor4D {
  const backend = tf.backend() as BackendWasm;
  const batch = frames.length / (inHeight * inWidth * channels);
  if (!Number.isInteger(batch))
    throw new Error(`${frames.length} levels are those of ${batch} frames, not whole ones.`);
  const isScaled = scaledHeight !== inHeight || scaledWidthPx !== inWidth;
  const columns = isScaled ? placesOf(inWidth, scaledWidthPx, channels) : [];
  const rows = isScaled ? placesOf(inHeight, scaledHeight, 1) : [];
  const outRows = batch * height;
  const { bandRows, items } = bandsOf(outRows, outRows * widthPx * channels);
  const isInHeap = frames.buffer === backend.wasm.HEAPU8.buffer;
  const tables = isInHeap ? 0 : aligned(frames.length);
  const bytesOf = (places: Places[]) => 12 * quads(places.length);
  const fitted = withRoom(backend, tables + bytesOf(columns) + bytesOf(rows), room => {
    const y = backend.makeOutput([batch, height, widthPx, channels], 'float32');
    if (!isInHeap) backend.wasm.HEAPU8.set(frames, room);
    const levels = isInHeap ? frames.byteOffset : room;
    const places = { columns: room + tables, rows: room + tables + bytesOf(columns) };
    write(backend, places.columns, columns);
    write(backend, places.rows, rows);
    const sizes = { inHeight, inRow: inWidth * channels, scaledHeight, scaledRow: scaledWidthPx * channels, height };
    const work = { outRow: widthPx * channels, outRows, bandRows, isScaled: Number(isScaled) };
    runJob('fitLevels', { levels, y: addressOf(backend, y), ...places, ...sizes, ...work }, items);
    return y;
  });
  return tf.engine().makeTensorFromTensorInfo(fitted) as tf.Tensor4D;
}

/** Of two numbers along an axis, which are mixed: (1 - share) near + share far. */
interface Places {
  near: number;
  far: number;
  share: number;
}

const quads = (count: number) => 4 * Math.ceil(count / 4);

/** For each number of the result, in float32 from step to step as XNNPACK computes them. @param run numbers of a place: channels. */
function placesOf(length: number, outLength: number, run: number): Places[] {
  const { fround } = Math;
  const scale = fround(length / outLength);
  const offset = fround(fround(0.5 * scale) - 0.5);
  return Array.from({ length: outLength * run }, (_, i) => {
    const out = Math.floor(i / run);
    const place = Math.min(Math.max(fround(fround(out * scale) + offset), 0), length - 1);
    const before = Math.floor(place);
    const after = Math.min(before + 1, length - 1);
    return { near: before * run + (i % run), far: after * run + (i % run), share: fround(place - before) };
  });
}

/** As three arrays, each up to a whole quad: near, far, share. */
function write({ wasm }: BackendWasm, address: number, places: readonly Places[]): void {
  const length = quads(places.length);
  const integers = new Int32Array(wasm.HEAPU8.buffer, address, 2 * length).fill(0);
  const shares = new Float32Array(wasm.HEAPU8.buffer, address + 8 * length, length).fill(0);
  for (const [i, { near, far, share }] of places.entries()) {
    integers[i] = near;
    integers[length + i] = far;
    shares[i] = share;
  }
}
