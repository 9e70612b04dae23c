/**
 * Tensors <-> bytes, in the safetensors format (https://huggingface.co/docs/safetensors): what checkpoints and weights are stored as.
 *
 *   8 bytes   length N of the header, unsigned, little-endian
 *   N bytes   JSON: {"NAME": {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]}, .., "__metadata__": {"key": "text"}}
 *   the rest  the numbers, little-endian, each tensor at its offsets; no holes, no overlaps
 *
 * Chosen because it is public, holds no code, and Python reads it in one line. Only 32-bit floats are written and read.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';

/** Numbers on the device. */
export interface NamedTensor {
  name: string;
  tensor: Pick<Tensor, 'shape' | 'data'>;
}

/** Numbers in memory. */
export interface NamedArray {
  name: string;
  shape: number[];
  data: Float32Array;
}

const METADATA = '__metadata__';
const PREFIX_BYTES = 8;
/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

const entrySchema = z.object({
  dtype: z.literal('F32'),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Writes tensors into one buffer, reading those on the device back. Names must be unique.
 * @param metadata short texts to keep beside them.
 */
export async function encodeTensors(
  named: (NamedTensor | NamedArray)[],
  metadata: Record<string, string> = {},
): Promise<Uint8Array> {
  if (new Set(named.map(({ name }) => name)).size !== named.length || named.some(({ name }) => name === METADATA)) {
    throw new RangeError(`tensor names must be unique and not ${METADATA}`);
  }
  let end = 0;
  const entries = named.map(item => {
    const { shape } = 'tensor' in item ? item.tensor : item;
    return [item.name, { dtype: 'F32', shape, data_offsets: [end, (end += 4 * lengthOf(shape))] }] as const;
  });
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries([[METADATA, metadata], ...entries])));
  const headerBytes = Math.ceil(text.length / 8) * 8; // spaces up to a multiple of 8, so that the numbers are aligned

  const bytes = new Uint8Array(PREFIX_BYTES + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  bytes.set(text, PREFIX_BYTES);
  const numbers = new Float32Array(bytes.buffer, PREFIX_BYTES + headerBytes);
  let start = 0;
  for (const item of named) {
    const data = 'tensor' in item ? await item.tensor.data<'float32'>() : item.data;
    numbers.set(data, start);
    start += data.length;
  }
  return bytes;
}

/**
 * The tensors of a file, in the order of their numbers.
 * @throws AppError checkpoint_invalid
 */
export function decodeTensors(bytes: Uint8Array): NamedArray[] {
  const { entries, start } = readHeader(bytes);
  const tensors = Object.entries(entries).map(([name, raw]) => {
    const entry = entrySchema.safeParse(raw);
    if (!entry.success) throw invalid(`the entry of ${name} is not a tensor of 32-bit floats`);
    return { name, shape: entry.data.shape, offsets: entry.data.data_offsets };
  });
  tensors.sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  let expected = 0;
  const decoded = tensors.map(({ name, shape, offsets: [begin, end] }) => {
    if (begin !== expected || end - begin !== 4 * lengthOf(shape))
      throw invalid(`${name} does not lie where its shape puts it`);
    if (start + end > bytes.length) throw invalid(`it ends within ${name}`);
    expected = end;
    // Not bytes.slice(): a Node Buffer's makes a view, into a pool it shares.
    const origin = bytes.byteOffset + start;
    return { name, shape, data: new Float32Array(bytes.buffer.slice(origin + begin, origin + end)) };
  });
  if (start + expected !== bytes.length) throw invalid('it has bytes that belong to no tensor');
  return decoded;
}

/**
 * The texts kept beside the tensors.
 * @throws AppError checkpoint_invalid
 */
export function decodeMetadata(bytes: Uint8Array): Record<string, string> {
  const metadata = metadataSchema.safeParse(readHeader(bytes).metadata);
  if (!metadata.success) throw invalid('its metadata are not texts');
  return metadata.data;
}

function lengthOf(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function readHeader(bytes: Uint8Array): { entries: Record<string, unknown>; metadata: unknown; start: number } {
  if (bytes.length < PREFIX_BYTES) throw invalid('it is too short');
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - PREFIX_BYTES)))
    throw invalid('its header is cut off');
  const start = PREFIX_BYTES + Number(headerBytes);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX_BYTES, start)));
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw invalid('its header is not an object');
  const { [METADATA]: metadata = {}, ...entries } = header as Record<string, unknown>;
  return { entries, metadata, start };
}

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('checkpoint_invalid', `The weights cannot be read: ${reason}.`, {
    remedy:
      'The file is damaged or not a safetensors file of 32-bit floats; train the model again or restore the file.',
    cause,
  });
}
