/**
 * Frames that lie in a .slp file itself (a package, .pkg.slp): /videoN/video, a row for each, and /videoN/frame_numbers, which frame of the
 * video each row is. Rows are PNG or JPEG files in one of three layouts, or raw pixels:
 *
 *   padded  [rows, bytes] of bytes, filled up with zeros     SLEAP 1.4, sleap-io
 *   vlen    [rows] of lists of bytes                         SLEAP 1.3
 *   joined  all files one after another, frame_sizes long    sleap-io.js
 *   raw     [rows, height, width, channels] of bytes         format "hdf5"; channels_first: [rows, channels, width, height]
 *
 * Colours: SLEAP hands RGB to OpenCV, which takes it for BGR. So such a PNG shows red as blue to all other readers. sleap-io notes it as
 * channel_order "BGR", and takes it for granted in files older than format 1.4, which introduced the note.
 */
import { posix } from 'node:path';
import { Dataset } from 'h5wasm';
import { damaged } from './slp-damage.ts';
import { attributeOf, bytesOf, datasetAt, elementsOf, type OpenSlp } from './slp-hdf5.ts';

export interface RawShape {
  widthPx: number;
  heightPx: number;
  channels: number;
  channelsFirst: boolean;
}

export interface EmbeddedRows {
  dataset: string;
  layout: 'padded' | 'vlen' | 'joined' | 'raw';
  rows: number;
  /** Which frame each row is; null: row i is frame i. */
  frameNumbers: Float64Array | null;
  /** Of `joined`, where each row begins, and where the last ends. */
  starts: Float64Array | null;
  raw: RawShape | null;
  /** Whether an encoded image in colour has red and blue exchanged. */
  redIsBlue: boolean;
}

const FIRST_FORMAT_WITH_CHANNEL_ORDER = 1.4;
const MAX_ROWS = 2 ** 24;
/** Of one frame; 8192 x 8192 pixels in colour have 0.2 GB. */
const MAX_FRAME_BYTES = 2 ** 28;

/** @throws AppError labels_invalid. */
export function embeddedRows(
  open: OpenSlp,
  path: string,
  { formatId, channelsFirst }: { formatId: number; channelsFirst: boolean },
): EmbeddedRows {
  const dataset = datasetAt(open, path);
  const group = posix.dirname(path);
  const [elements, shape] = [elementsOf(dataset), dataset.shape ?? []];
  const sizes = numbersAt(open, `${group}/frame_sizes`);
  const base = {
    dataset: path,
    rows: shape[0] ?? 0,
    frameNumbers: numbersAt(open, `${group}/frame_numbers`),
    starts: null,
    raw: null,
    redIsBlue: exchangesColours(dataset, formatId),
  };
  if (elements === 'vlen' && shape.length === 1) return { ...base, layout: 'vlen' };
  if (elements === 'bytes' && shape.length === 1 && sizes) {
    const starts = new Float64Array(sizes.length + 1);
    sizes.forEach((size, row) => {
      starts[row + 1] = starts[row]! + size;
    });
    return { ...base, layout: 'joined', rows: sizes.length, starts };
  }
  if (elements === 'bytes' && shape.length === 2) return { ...base, layout: 'padded' };
  if (elements === 'bytes' && shape.length === 4) {
    const [, a, b, c] = shape as [number, number, number, number];
    const [heightPx, widthPx, channels] = channelsFirst ? [c, b, a] : [a, b, c];
    return { ...base, layout: 'raw', raw: { widthPx, heightPx, channels, channelsFirst } };
  }
  throw damaged(open.name, `the frames in "${path}" are stored in an unknown way`);
}

/** @returns the bytes of a row: an encoded image without its padding, or raw pixels as they lie there. */
export function readRow(open: OpenSlp, { dataset: path, layout, starts }: EmbeddedRows, row: number): Uint8Array {
  const dataset = datasetAt(open, path);
  const { metadata } = dataset;
  const [, ...sizes] = metadata.shape ?? [];
  const frameBytes = sizes.reduce((product, size) => product * size, metadata.size);
  const tooLarge = damaged(open.name, `a frame in "${path}" claims to be absurdly large`);
  if (frameBytes > MAX_FRAME_BYTES) throw tooLarge;
  if (layout === 'vlen') {
    const [bytes] = dataset.slice([[row, row + 1]]) as unknown as (Int8Array | Uint8Array)[];
    return withoutPadding(new Uint8Array(bytes!.buffer, bytes!.byteOffset, bytes!.byteLength));
  }
  if (layout === 'joined') {
    const [from, until] = [starts![row]!, starts![row + 1]!];
    if (!(from >= 0 && until >= from && until <= (metadata.shape?.[0] ?? 0)) || until - from > MAX_FRAME_BYTES)
      throw tooLarge;
    return bytesOf(dataset, [[from, until]]);
  }
  const bytes = bytesOf(dataset, [[row, row + 1]]);
  return layout === 'padded' ? withoutPadding(bytes) : bytes;
}

/** Neither PNG nor JPEG ends with a zero. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  const last = bytes.findLastIndex(byte => byte !== 0);
  return bytes.subarray(0, last + 1);
}

function exchangesColours(dataset: Dataset, formatId: number): boolean {
  const order = attributeOf(dataset, 'channel_order');
  return order === null ? formatId < FIRST_FORMAT_WITH_CHANNEL_ORDER : String(order).toUpperCase() === 'BGR';
}

function numbersAt(open: OpenSlp, path: string): Float64Array | null {
  const dataset = open.file.get(path);
  if (!(dataset instanceof Dataset)) return null;
  if ((dataset.shape?.length ?? 0) !== 1 || dataset.shape![0]! > MAX_ROWS)
    throw damaged(open.name, `"${path}" is no list`);
  const numbers = dataset.value as unknown;
  if (!ArrayBuffer.isView(numbers)) throw damaged(open.name, `"${path}" is no list of numbers`);
  return Float64Array.from(numbers as unknown as ArrayLike<number | bigint>, Number);
}
