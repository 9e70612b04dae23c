/** A step of training through an encoder of every kind: each weight that is trained has a gradient, and what is held fast stays. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, namedWeights, trainableWeights } from '../../gpu-worker/model/network.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { dropNumbers } from '../../gpu-worker/train/drop-numbers.ts';
import { type Gradients, lossAndGradients } from '../../gpu-worker/train/gradients.ts';
import type { Encoder } from '../../src/contract/encoders.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

const SIDE_PX = 64;
const FRAMES = 2;

const configOf = (encoder: Encoder) =>
  trainingConfigSchema.parse({
    test_fraction: 0.5,
    num_epochs: 1,
    learning_rate: 1e-3,
    backbone_model: 'pretrained_encoder',
    backbone_config: { encoder, decoder_filters: 8 },
    heads_sigma: 2,
    heads_output_stride: 4,
  });

describe('a step of training', () => {
  it.each(['mobilenetv2', 'efficientnetb0', 'resnet18', 'seresnext50', 'densenet121', 'inceptionv3', 'vgg16'] as const)(
    'reaches every weight of %s that is trained',
    async encoder => {
      const config = configOf(encoder);
      const inputShape: [number, number, number] = [SIDE_PX, SIDE_PX, 3];
      const network = buildNetwork({ backbone: config, headsOutputStride: 4, inputShape, keypoints: 2, seed: 1 });
      const optimizer = new AmsGrad(trainableWeights(network), config.learning_rate);
      const before = await Promise.all(namedWeights(network).map(({ tensor }) => tensor.data<'float32'>()));
      const examples = {
        images: tf.randomUniform<tf.Rank.R4>([FRAMES, ...inputShape], 0, 1, 'float32', 1),
        maps: tf.randomUniform<tf.Rank.R4>([FRAMES, SIDE_PX / 4, SIDE_PX / 4, 2], 0, 1, 'float32', 2),
      };
      const drops = dropNumbers(network, { seed: 1, step: 0, frames: FRAMES });
      const numbers = drops && tf.tensor2d(drops.values, [drops.layers, drops.frames]);
      const { loss, scaled } = tf.tidy(
        () => lossAndGradients({ config, network }, examples, numbers) as Gradients & tf.TensorContainerObject,
      );
      expect(Number.isFinite((await loss.data())[0])).toBe(true);
      const largest = await Promise.all(
        Object.entries(scaled).map(async ([name, gradient]) => {
          const values = await gradient.data<'float32'>();
          return [name, values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)] as const;
        }),
      );
      expect(largest.map(([name]) => name)).toEqual(trainableWeights(network).map(({ name }) => name));
      expect(largest.filter(([, most]) => !(Number.isFinite(most) && most > 0))).toEqual([]);
      optimizer.apply(scaled);
      const after = await Promise.all(namedWeights(network).map(({ tensor }) => tensor.data<'float32'>()));
      const still = namedWeights(network).filter((_, i) => after[i]!.every((value, at) => value === before[i]![at]));
      expect(still.map(({ name }) => name)).toEqual(['imagenet_preproc/kernel', 'imagenet_preproc/bias']);
      tf.dispose([examples.images, examples.maps, loss, scaled]);
      numbers?.dispose();
      optimizer.dispose();
      network.dispose();
    },
  );
});
