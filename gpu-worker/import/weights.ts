/** Puts the weights of a best_model.h5 into the network built for them. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import { fillEncoder } from '../model/encoder-weights.ts';
import type { KerasFile } from '../model/keras-h5.ts';
import { readWeights, restoreWeights } from '../model/network.ts';
import type { NamedArray } from '../model/weights.ts';
import { modelInvalid } from './model-folder.ts';
import { unnested } from './nested-model.ts';

/** SLEAP up to 1.1 numbers the head of a single stack, too. */
const NUMBERED_HEAD = /^(SingleInstanceConfmapsHead)_0(?=\/)/;
/** SLEAP prepares images for ImageNet's weights by code, not by weights as here (image-range.ts). */
const CONSTANTS = /^imagenet_preproc(_v1)?\//;

/** Of a pretrained encoder's network. */
const BESIDE_ENCODER = /^(decoder_stage|center_block|SingleInstanceConfmapsHead)/;

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

/** @throws AppError model_invalid when they do not fit; the network may then hold some of them. */
export async function fillIn(network: LayersModel, file: KerasFile): Promise<void> {
  const sideBySide = unnested(file);
  try {
    if (sideBySide) await fillPretrainedEncoder(network, sideBySide);
    else await fillByName(network, file.weights, name => CONSTANTS.test(name));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw modelInvalid(
      `best_model.h5 is not of the network that the configuration beside it describes. ${error.message}`,
      'Send the files of one training together, as they were written.',
      error,
    );
  }
}

/** Of an encoder that Keras numbered, layers have no names to go by. */
async function fillPretrainedEncoder(network: LayersModel, arrays: NamedArray[]): Promise<void> {
  const isBeside = (name: string) => BESIDE_ENCODER.test(name);
  fillEncoder(
    network,
    arrays.filter(({ name }) => !isBeside(name)),
  );
  const beside = arrays.filter(({ name }) => isBeside(name));
  await fillByName(network, beside, name => !isBeside(name));
}

/** @param isKept whether a weight of the network stays as it is. */
async function fillByName(
  network: LayersModel,
  arrays: NamedArray[],
  isKept: (name: string) => boolean,
): Promise<void> {
  const own = await readWeights(network);
  const names = new Set(own.map(({ name }) => name));
  const renamed = arrays.map(array => {
    const short = array.name.replace(NUMBERED_HEAD, '$1');
    return names.has(short) ? { ...array, name: short } : array;
  });
  // Of two with the same name the later one counts.
  restoreWeights(network, [...own.filter(({ name }) => isKept(name)), ...renamed]);
}
