/**
 * Takes apart a best_model.h5 whose encoder and decoder are one layer, as SLEAP builds its pretrained encoders: a functional model that is called
 * on the images, its output read by the head.
 *
 * Keras writes such a layer as one group with one list of weights: first everything that is trained, layer by layer, then the moving
 * statistics of all. Its own name ("model_2") is Keras's and depends on the session.
 */
import { z } from 'zod';
import type { KerasFile } from '../model/keras-h5.ts';
import type { NamedArray } from '../model/weights.ts';

const NESTED_CLASSES = ['Functional', 'Model'];

const layersSchema = z.object({
  config: z.object({ layers: z.array(z.object({ class_name: z.string(), config: z.object({ name: z.string() }) })) }),
});

/** The file's weights as if its layers lay side by side, those of a layer together; unchanged where none is nested. */
export function unnested({ modelConfig, weights }: KerasFile): NamedArray[] {
  const parsed = layersSchema.safeParse(modelConfig);
  const nested = parsed.success && parsed.data.config.layers.find(layer => NESTED_CLASSES.includes(layer.class_name));
  if (!nested) return weights;
  const prefix = `${nested.config.name}/`;
  const layers = new Map<string, NamedArray[]>();
  for (const array of weights) {
    const name = array.name.startsWith(prefix) ? array.name.slice(prefix.length) : array.name;
    const layer = name.slice(0, name.lastIndexOf('/'));
    layers.set(layer, [...(layers.get(layer) ?? []), { ...array, name }]);
  }
  return [...layers.values()].flat();
}
