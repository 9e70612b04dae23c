/**
 * Files of weights in the layouts in which ImageNet's are published: written by Keras 1, Keras 2 or tf.keras, bare or inside a whole model.
 * keras-h5.ts writes one of them alone.
 */
import type { Group } from 'h5wasm';
import { withHdf5File } from '../../gpu-worker/model/hdf5-file.ts';

export interface WrittenLayer {
  name: string;
  /** Paths below the group of the layer, as they stand in weight_names. */
  weights: { path: string; shape: number[]; data: Float32Array }[];
}

/** Keras cuts longer lists of names. */
const MAX_ATTRIBUTE_BYTES = 64_512;

/** @param root of the layers: "/" in a file of weights only. */
export async function writeWeightsFile(
  hostPath: string,
  layers: WrittenLayer[],
  root: '/' | 'model_weights' = '/',
): Promise<void> {
  await withHdf5File(hostPath, 'w', file => {
    const top = root === '/' ? file : file.create_group(root);
    top.create_attribute('backend', 'tensorflow');
    writeNames(
      top,
      'layer_names',
      layers.map(({ name }) => name),
    );
    for (const { name, weights } of layers) {
      const group = groupAt(top, name.split('/'));
      writeNames(
        group,
        'weight_names',
        weights.map(({ path }) => path),
      );
      for (const { path, shape, data } of weights) {
        const parents = path.split('/');
        groupAt(group, parents.slice(0, -1)).create_dataset({ name: parents.at(-1)!, data, shape, dtype: '<f' });
      }
    }
  });
}

/** As bytes of one length; where there are none, as an empty list of numbers. */
function writeNames(object: Group, name: string, names: string[]): void {
  if (names.length === 0) {
    object.create_attribute(name, [], [0], '<d');
    return;
  }
  const width = Math.max(...names.map(each => each.length));
  const perPart = Math.floor(MAX_ATTRIBUTE_BYTES / width);
  const parts = Math.ceil(names.length / perPart);
  for (let i = 0; i < parts; i++) {
    const part = names.slice(i * perPart, (i + 1) * perPart);
    object.create_attribute(parts === 1 ? name : `${name}${i}`, part, [part.length], `S${width}`);
  }
}

function groupAt(parent: Group, path: string[]): Group {
  return path.reduce((group, name) => (group.get(name) as Group | null) ?? group.create_group(name), parent);
}
