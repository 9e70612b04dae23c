/**
 * Takes apart a best_model.h5 whose encoder and decoder are one layer, as SLEAP builds its pretrained encoders: a functional model that is called
 * on the images, its output read by the head.
 *
 * Keras writes such a layer as one group with one list of weights: first everything that is trained, layer by layer, then the moving
 * statistics of all. Its own name ("model_2") is Keras's and depends on the session. An encoder that began with random numbers has a single
 * channel there where images are gray; ours has three equal ones.
 */
import { z } from 'zod';
import { groupByLayer, type KerasFile } from '../model/keras-h5.ts';
import type { NamedArray } from '../model/weights.ts';

const CHANNELS = 3;
const NESTED_CLASSES = ['Functional', 'Model'];

const layersSchema = z.object({
  config: z.object({ layers: z.array(z.object({ class_name: z.string(), config: z.object({ name: z.string() }) })) }),
});

/** The file's weights as if its layers lay side by side, those of a layer together; null where none is nested. */
export function unnested({ modelConfig, weights }: KerasFile): NamedArray[] | null {
  const parsed = layersSchema.safeParse(modelConfig);
  const nested = parsed.success && parsed.data.config.layers.find(layer => NESTED_CLASSES.includes(layer.class_name));
  if (!nested) return null;
  const prefix = `${nested.config.name}/`;
  const sideBySide = weights.map(array => {
    const name = array.name.startsWith(prefix) ? array.name.slice(prefix.length) : array.name;
    return forThreeChannels({ ...array, name });
  });
  return groupByLayer(null, sideBySide).flatMap(layer => layer.weights);
}

/** Of a gray image's only channel: the kernel of the first convolution, a third for each of three, or what normalises the image. */
function forThreeChannels(array: NamedArray): NamedArray {
  const { name, shape, data } = array;
  if (shape.length === 1 && shape[0] === 1 && name.startsWith('bn_data/'))
    return { name, shape: [CHANNELS], data: new Float32Array(CHANNELS).fill(data[0]!) };
  if (shape.length !== 4 || shape[2] !== 1 || !name.endsWith('/kernel')) return array;
  const [height, width, , filters] = shape as [number, number, number, number];
  const kernel = new Float32Array(CHANNELS * data.length);
  for (const [i, value] of data.entries()) {
    const [tap, filter] = [Math.floor(i / filters), i % filters];
    for (let c = 0; c < CHANNELS; c++) kernel[(CHANNELS * tap + c) * filters + filter] = value / CHANNELS;
  }
  return { name, shape: [height, width, CHANNELS, filters], data: kernel };
}
