/**
 * Keras models as HDF5 files, the format of SLEAP's best_model.h5: `tf.keras.models.save_model` of Keras 2, legacy saving of Keras 3.
 *
 *   /                     attributes model_config (JSON), keras_version, backend
 *   /model_weights        attribute layer_names, in the model's order; in a file of weights only, these lie on / itself
 *   /model_weights/LAYER  attribute weight_names ("LAYER/kernel:0" ..), in the layer's order, each the path of a dataset below
 *
 * Lists of names beyond HDF5's limit for an attribute are cut into layer_names0, layer_names1 and so on; an empty one is an empty array of
 * numbers. Files come from outside, so they are read in a thread that can be stopped (keras-h5-thread.ts).
 * Leaves out: optimizer_weights and training_config; weights that are no floats; Keras 1's names of weights are kept as they are.
 */
import type { Group } from 'h5wasm';
import { AppError } from '../../src/errors.ts';
import { askThread } from '../media/thread.ts';
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

/** What the thread is given. */
export interface ReadJob {
  hostPath: string;
}

/** As in Keras (HDF5_OBJECT_HEADER_LIMIT). */
const MAX_ATTRIBUTE_BYTES = 64_512;
/** The layout written here; what SLEAP 1.3 and 1.4 run. */
const KERAS_VERSION = '2.8.0';

/**
 * @param options.maxSeconds for a damaged file that the library never ends with; 0.5 GB take 4 s.
 * @throws AppError checkpoint_invalid; the error of node:fs when the file cannot be opened; the signal's reason after an abort.
 */
export async function readKerasModel(
  hostPath: string,
  { signal, maxSeconds = 60 }: { signal?: AbortSignal; maxSeconds?: number } = {},
): Promise<KerasFile> {
  const limit = AbortSignal.timeout(1000 * maxSeconds);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  try {
    return await askThread(new URL('./keras-h5-thread.ts', import.meta.url), { hostPath } satisfies ReadJob, either);
  } catch (thrown) {
    throw thrown === limit.reason ? notKeras('it is damaged, and reading it does not end', thrown) : thrown;
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

/**
 * Weights by their layers.
 * @param layerNames of all layers there are, those without weights too; null: those of the weights, as they come up.
 * @throws RangeError when a weight belongs to another layer.
 */
export function groupByLayer(layerNames: string[] | null, arrays: NamedArray[]): KerasLayer[] {
  const layers = new Map((layerNames ?? []).map(name => [name, { name, weights: [] } as KerasLayer]));
  for (const array of arrays) {
    const name = array.name.slice(0, array.name.lastIndexOf('/'));
    const layer = layers.get(name) ?? { name, weights: [] };
    if (layerNames !== null && !layers.has(name)) throw new RangeError(`${array.name} belongs to no layer`);
    layers.set(name, layer);
    layer.weights.push(array);
  }
  return [...layers.values()];
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

function ensureGroup(parent: Group, path: string[]): Group {
  return path.reduce((group, name) => (group.get(name) as Group | null) ?? group.create_group(name), parent);
}

/** For a file that holds no Keras model or a damaged one. */
export function notKeras(reason: string, cause?: unknown): AppError {
  return new AppError('checkpoint_invalid', `The file cannot be read as a Keras model: ${reason}.`, {
    remedy: 'Send the .h5 file that Keras or SLEAP (up to 1.4) saved, such as best_model.h5; it may have been cut off.',
    cause,
  });
}
