/** Puts the weights of a best_model.h5 into the network built for them. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import type { KerasFile } from '../model/keras-h5.ts';
import { readWeights, restoreWeights } from '../model/network.ts';
import type { NamedArray } from '../model/weights.ts';
import { modelInvalid } from './model-folder.ts';

/** SLEAP up to 1.1 numbers the head of a single stack, too. */
const NUMBERED_HEAD = /^(SingleInstanceConfmapsHead)_0(?=\/)/;
/** SLEAP prepares images for ImageNet's weights by code, not by weights as here (image-range.ts). */
const CONSTANTS = /^imagenet_preproc(_v1)?\//;

const inputLayerSchema = z.object({
  config: z.object({
    layers: z
      .tuple([
        z.object({
          config: z.object({
            batch_input_shape: z.tuple([z.null(), z.unknown(), z.unknown(), z.union([z.literal(1), z.literal(3)])]),
          }),
        }),
      ])
      .rest(z.unknown()),
  }),
});

/** Channels of the images that the network of the file takes; null: it does not say. */
export function channelsOf({ modelConfig }: Pick<KerasFile, 'modelConfig'>): 1 | 3 | null {
  const parsed = inputLayerSchema.safeParse(modelConfig);
  return parsed.success ? parsed.data.config.layers[0].config.batch_input_shape[3] : null;
}

/** @throws AppError model_invalid when they do not fit; the network is then unchanged. */
export async function fillIn(network: LayersModel, arrays: NamedArray[]): Promise<void> {
  const own = await readWeights(network);
  const names = new Set(own.map(({ name }) => name));
  const renamed = arrays.map(array => {
    const short = array.name.replace(NUMBERED_HEAD, '$1');
    return names.has(short) ? { ...array, name: short } : array;
  });
  const constants = own.filter(({ name }) => CONSTANTS.test(name));
  try {
    // Of two with the same name the later one counts.
    restoreWeights(network, [...constants, ...renamed]);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw modelInvalid(
      `best_model.h5 is not of the network that the configuration beside it describes. ${error.message}`,
      'Send the files of one training together, as they were written.',
      error,
    );
  }
}
