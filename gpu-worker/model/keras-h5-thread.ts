/**
 * The thread behind readKerasModel(): the HDF5 library can be led into an endless loop or a trap by a damaged file.
 */
import { statSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { Dataset, type File, Group, Module } from 'h5wasm';
import { AppError } from '../../src/errors.ts';
import { answer } from '../media/answer.ts';
import { withHdf5File } from './hdf5-file.ts';
import { type KerasFile, notKeras, type ReadJob } from './keras-h5.ts';
import type { NamedArray } from './weights.ts';

/** Of all weights as 32-bit floats: several times the largest network. */
const MAX_WEIGHTS_BYTES = 2 ** 30;
/** Packed weights are hardly smaller than plain ones; a file that unpacks to more is damaged or a trap. */
const MAX_UNPACKED_TO_FILE_BYTES = 100;
/** A list of names that claims to be larger is damaged. */
const MAX_TEXTS_BYTES = 2 ** 24;

const { hostPath }: ReadJob = workerData;
await answer(async (): Promise<KerasFile> => {
  try {
    const { size: fileBytes } = statSync(hostPath);
    return await withHdf5File(hostPath, 'r', file => {
      const root = file.keys().includes('model_weights') ? groupOf(file, 'model_weights') : file;
      const layers = textsOf(root, 'layer_names');
      if (layers === null) throw notKeras('it lacks the list of layers that Keras writes');
      const [config] = textsOf(file, 'model_config') ?? [];
      return {
        modelConfig: config === undefined ? null : JSON.parse(config),
        weights: readWeights(root, layers, fileBytes),
      };
    });
  } catch (cause) {
    if (cause instanceof AppError || isHostError(cause)) throw cause;
    throw notKeras('it is damaged or no HDF5 file', cause);
  }
});

function readWeights(root: Group, layers: string[], fileBytes: number): NamedArray[] {
  const maxBytes = Math.min(MAX_WEIGHTS_BYTES, MAX_UNPACKED_TO_FILE_BYTES * fileBytes);
  const weights: NamedArray[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for (const layer of layers) {
    const group = groupOf(root, layer);
    const paths = textsOf(group, 'weight_names') ?? [];
    for (const [i, name] of shortNames(layer, paths).entries()) {
      const dataset = group.get(paths[i]!);
      if (!(dataset instanceof Dataset) || dataset.shape === null) throw notKeras(`it lacks ${name}`);
      if (dataset.metadata.type !== Module.H5T_class_t.H5T_FLOAT.value) continue;
      bytes += 4 * dataset.metadata.total_size;
      if (bytes > maxBytes) throw notKeras('it claims to hold too many numbers');
      if (seen.has(name)) throw notKeras(`it has two weights named ${name}`);
      seen.add(name);
      weights.push({ name, shape: dataset.shape, data: floatsOf(dataset) });
    }
  }
  return weights;
}

/** "LAYER/kernel" for each path such as "LAYER/kernel:0" or "LAYER/LAYER/kernel:0"; the whole path where the last parts repeat. */
function shortNames(layer: string, paths: string[]): string[] {
  const plain = paths.map(path => path.replace(/:\d+$/, ''));
  const last = plain.map(path => path.slice(path.lastIndexOf('/') + 1));
  const unique = new Set(last).size === last.length;
  return plain.map((path, i) => `${layer}/${unique ? last[i] : path}`);
}

function floatsOf(dataset: Dataset): Float32Array {
  const { metadata } = dataset;
  const half = metadata.size === 2;
  // h5wasm knows no half floats: their bits are read as integers.
  if (half) Object.assign(metadata, { type: Module.H5T_class_t.H5T_INTEGER.value, signed: false });
  const read = dataset.value as Float32Array | Float64Array | Uint16Array | number;
  const values = typeof read === 'number' ? [read] : read;
  if (half) return Float32Array.from(values, fromHalf);
  return values instanceof Float32Array ? values : new Float32Array(values);
}

/** @param bits of an IEEE 754 half float. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0) return sign * 2 ** -14 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * 2 ** (exponent - 15) * (1 + fraction);
}

/** An attribute that is a text or a list of texts, whole or cut; null where there is none. */
function textsOf(object: Group | File, name: string): string[] | null {
  const { attrs } = object;
  const list = (key: string): string[] => {
    const attribute = attrs[key]!;
    const { shape, metadata } = attribute;
    if (shape === null || shape.includes(0)) return [];
    if (metadata.size * metadata.total_size > MAX_TEXTS_BYTES) throw notKeras(`its list ${key} is damaged`);
    return [attribute.value].flat().map(String);
  };
  if (name in attrs) return list(name);
  if (!(`${name}0` in attrs)) return null;
  const parts: string[] = [];
  for (let i = 0; `${name}${i}` in attrs; i++) parts.push(...list(`${name}${i}`));
  return parts;
}

function groupOf(parent: Group, name: string): Group {
  const group = parent.get(name);
  if (!(group instanceof Group)) throw notKeras(`it lacks the group ${name}`);
  return group;
}

/** The file could not be opened at all: no fault of the file. */
function isHostError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
