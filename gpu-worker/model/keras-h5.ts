/**
 * Keras models as HDF5 files, the format of SLEAP's best_model.h5: `tf.keras.models.save_model` of Keras 2, legacy saving of Keras 3.
 *
 *   /                     attributes model_config (JSON), keras_version, backend
 *   /model_weights        attribute layer_names, in the model's order; in a file of weights only, these lie on / itself
 *   /model_weights/LAYER  attribute weight_names ("LAYER/kernel:0" ..), in the layer's order, each the path of a dataset below
 *
 * Lists of names beyond HDF5's limit for an attribute are cut into layer_names0, layer_names1 and so on; an empty one is an array of numbers.
 * Leaves out: optimizer_weights and training_config; weights that are no floats; Keras 1's names of weights are kept as they are.
 */
import { stat } from 'node:fs/promises';
import { Dataset, type File, Group, Module } from 'h5wasm';
import { AppError } from '../../src/errors.ts';
import { withHdf5File } from './hdf5-file.ts';
import type { NamedArray } from './weights.ts';

export interface KerasFile {
  /** The JSON of `model_config`; null in a file of weights only. */
  modelConfig: unknown;
  /** In the order of the layers; named "LAYER/kernel", "LAYER/bias", "LAYER/gamma", "LAYER/moving_mean" and so on. */
  weights: NamedArray[];
}

export interface KerasLayer {
  name: string;
  /** Named "LAYER/kernel" and so on, in Keras's order of the layer's weights; none for most layers. */
  weights: NamedArray[];
}

/** As in Keras (HDF5_OBJECT_HEADER_LIMIT). */
const MAX_ATTRIBUTE_BYTES = 64_512;
/** Of all weights as 32-bit floats: several times the largest network. */
const MAX_WEIGHTS_BYTES = 2 ** 30;
/** Packed weights are hardly smaller than plain ones; a file that unpacks to more is damaged or a trap. */
const MAX_UNPACKED_TO_FILE_BYTES = 100;
/** A list of names that claims to be larger is damaged. */
const MAX_TEXTS_BYTES = 2 ** 24;
/** The layout written here; what SLEAP 1.3 and 1.4 run. */
const KERAS_VERSION = '2.8.0';

/** @throws AppError checkpoint_invalid */
export async function readKerasModel(hostPath: string): Promise<KerasFile> {
  try {
    const { size: fileBytes } = await stat(hostPath);
    return await withHdf5File(hostPath, 'r', file => {
      const root = file.keys().includes('model_weights') ? groupOf(file, 'model_weights') : file;
      const layers = textsOf(root, 'layer_names');
      if (layers === null) throw invalid('it lacks the list of layers that Keras writes');
      const [config] = textsOf(file, 'model_config') ?? [];
      return {
        modelConfig: config === undefined ? null : JSON.parse(config),
        weights: readWeights(root, layers, fileBytes),
      };
    });
  } catch (cause) {
    if (cause instanceof AppError || isHostError(cause)) throw cause;
    throw invalid('it is damaged or no HDF5 file', cause);
  }
}

/**
 * Writes a model that `load_model(path, compile=False)` opens.
 * @param model.modelConfig see keras-topology.ts.
 * @param model.layers in the model's order.
 */
export async function writeKerasModel(
  hostPath: string,
  { modelConfig, layers }: { modelConfig: unknown; layers: KerasLayer[] },
): Promise<void> {
  await withHdf5File(hostPath, 'w', file => {
    // Of variable length, it lies outside of the attribute and knows no limit.
    file.create_attribute('model_config', JSON.stringify(modelConfig));
    const root = file.create_group('model_weights');
    for (const object of [file, root]) {
      object.create_attribute('keras_version', KERAS_VERSION);
      object.create_attribute('backend', 'tensorflow');
    }
    writeTexts(
      root,
      'layer_names',
      layers.map(layer => layer.name),
    );
    for (const { name, weights } of layers) {
      const group = ensureGroup(root, name.split('/'));
      writeTexts(
        group,
        'weight_names',
        weights.map(weight => `${weight.name}:0`),
      );
      for (const weight of weights) {
        const path = weight.name.split('/');
        const leaf = `${path.pop()}:0`;
        ensureGroup(group, path).create_dataset({ name: leaf, data: weight.data, shape: weight.shape, dtype: '<f' });
      }
    }
  });
}

/** The layers of a network with their weights. @param arrays all weights of the network. */
export function groupByLayer(layerNames: string[], arrays: NamedArray[]): KerasLayer[] {
  const layers = new Map(layerNames.map(name => [name, { name, weights: [] } as KerasLayer]));
  for (const array of arrays) {
    const name = array.name.slice(0, array.name.lastIndexOf('/'));
    const layer = layers.get(name);
    if (layer === undefined) throw new RangeError(`${array.name} belongs to no layer`);
    layer.weights.push(array);
  }
  return [...layers.values()];
}

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
      if (!(dataset instanceof Dataset) || dataset.shape === null) throw invalid(`it lacks ${name}`);
      if (dataset.metadata.type !== Module.H5T_class_t.H5T_FLOAT.value) continue;
      bytes += 4 * dataset.metadata.total_size;
      if (bytes > maxBytes) throw invalid('it claims to hold too many numbers');
      if (seen.has(name)) throw invalid(`it has two weights named ${name}`);
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
    if (metadata.size * metadata.total_size > MAX_TEXTS_BYTES) throw invalid(`its list ${key} is damaged`);
    return [attribute.value].flat().map(String);
  };
  if (name in attrs) return list(name);
  if (!(`${name}0` in attrs)) return null;
  const parts: string[] = [];
  for (let i = 0; `${name}${i}` in attrs; i++) parts.push(...list(`${name}${i}`));
  return parts;
}

/** Bytes of one length, as all versions of Keras and h5py read them; cut as Keras does it where they are too many. */
function writeTexts(object: Group, name: string, texts: string[]): void {
  if (texts.length === 0) {
    object.create_attribute(name, [], [0], '<d');
    return;
  }
  const width = Math.max(...texts.map(text => new TextEncoder().encode(text).length));
  const perPart = Math.floor(MAX_ATTRIBUTE_BYTES / width);
  if (perPart === 0) throw new RangeError('a name is too long for an attribute of HDF5');
  const write = (key: string, part: string[]) => object.create_attribute(key, part, [part.length], `S${width}`);
  if (texts.length <= perPart) write(name, texts);
  else
    for (let i = 0; i * perPart < texts.length; i++) write(`${name}${i}`, texts.slice(i * perPart, (i + 1) * perPart));
}

function groupOf(parent: Group, name: string): Group {
  const group = parent.get(name);
  if (!(group instanceof Group)) throw invalid(`it lacks the group ${name}`);
  return group;
}

function ensureGroup(parent: Group, path: string[]): Group {
  return path.reduce(
    (group, name) => (group.keys().includes(name) ? groupOf(group, name) : group.create_group(name)),
    parent,
  );
}

/** The file could not be opened at all: no fault of the file. */
function isHostError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function invalid(reason: string, cause?: unknown): AppError {
  return new AppError('checkpoint_invalid', `The file cannot be read as a Keras model: ${reason}.`, {
    remedy: 'Send the .h5 file that Keras or SLEAP (up to 1.4) saved, such as best_model.h5; it may have been cut off.',
    cause,
  });
}
