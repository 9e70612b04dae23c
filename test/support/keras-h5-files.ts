/** Networks of a layer or two, and Keras files that another writer made. */
import type { File, Group } from 'h5wasm';
import { withHdf5File } from '../../gpu-worker/model/hdf5-file.ts';
import type { KerasLayer } from '../../gpu-worker/model/keras-h5.ts';
import type { NamedArray } from '../../gpu-worker/model/weights.ts';

export const CONFIG = { class_name: 'Functional', config: { name: 'model' } };
export const floats = (...values: number[]) => new Float32Array(values);
export const layer = (name: string, ...weights: NamedArray[]): KerasLayer => ({ name, weights });
export const kernel = (name: string, data = floats(1, -2.5, 3e-9, 4e9)): NamedArray => ({
  name: `${name}/kernel`,
  shape: [1, 1, 2, 2],
  data,
});

/** A file of weights only with one layer "c", whose datasets `fill` makes. */
export async function otherFile(
  path: string,
  weightNames: string[],
  fill: (group: Group, file: File) => void,
): Promise<string> {
  await withHdf5File(path, 'w', file => {
    file.create_attribute('layer_names', ['c']);
    const group = file.create_group('c');
    group.create_attribute('weight_names', weightNames);
    fill(group, file);
  });
  return path;
}
