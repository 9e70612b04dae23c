/**
 * The estimate of a training step's memory, held against the bytes that the CPU backend really takes from its heap. It is an upper bound: its factor
 * is the largest of WebGPU, whose buffers are reused for requests of their own size only.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { networkOf } from '../../gpu-worker/model/from-config.ts';
import { trainableWeights } from '../../gpu-worker/model/network.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { lossAndGradients } from '../../gpu-worker/train/gradients.ts';
import type { Backbone } from '../../src/contract/backbones.ts';
import { networkCost } from '../../src/contract/network-cost.ts';
import { stepMemoryBytes } from '../../src/contract/network-cost-training.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { limitHeap } from '../support/limited-heap.ts';

const SIDE_PX = 128;
const FRAMES = 2;
const KEYPOINTS = 5;
const HEAP_BYTES = 2 ** 31;

beforeAll(async () => {
  await openDevice('wasm', { threads: 1 });
});
afterEach(() => vi.restoreAllMocks());

it.each<[Backbone, Record<string, unknown>]>([
  ['unet', { filters: 16, filters_rate: 1.5, up_interpolate: true }],
  ['leap', { filters: 8 }],
  ['hourglass', { stem_filters: 8, filters: 16, filter_increase: 8, stacks: 2, max_stride: 32, stem_stride: 2 }],
  ['pretrained_encoder', { encoder: 'mobilenetv2', decoder_filters: 32 }],
])(
  'a step of a %s takes no more memory than estimated, and no less than two thirds of it',
  async (model, backbone_config) => {
    const config = trainingConfigSchema.parse({
      ...{ test_fraction: 0.1, num_epochs: 1, learning_rate: 1e-3, heads_sigma: 1, heads_output_stride: 2 },
      ...{ backbone_model: model, backbone_config },
    });
    const images = tf.randomUniform<tf.Rank.R4>([FRAMES, SIDE_PX, SIDE_PX, 1]);
    const maps = tf.zeros<tf.Rank.R4>([FRAMES, SIDE_PX / 2, SIDE_PX / 2, KEYPOINTS]);
    /** @returns the most bytes that were taken at once. */
    const step = async () => {
      const left = limitHeap(HEAP_BYTES);
      const network = networkOf(config, { channels: 1, frozen: false }, KEYPOINTS, 1);
      const weights = trainableWeights(network);
      const optimizer = new AmsGrad(weights, config.learning_rate);
      const { loss, scaled } = tf.tidy(
        () => lossAndGradients({ config, network }, { images, maps }, null) as never,
      ) as ReturnType<typeof lossAndGradients>;
      optimizer.apply(scaled);
      await loss.data();
      tf.dispose([loss, scaled]);
      optimizer.dispose();
      network.dispose();
      vi.restoreAllMocks();
      return HEAP_BYTES - left.least;
    };
    // The first one makes room for the kernels' own work as well, which stays.
    await step();
    const taken = await step();
    tf.dispose([images, maps]);
    const cost = networkCost(config, { widthPx: SIDE_PX, heightPx: SIDE_PX, channels: 1 }, KEYPOINTS);
    const share = taken / stepMemoryBytes(cost, FRAMES);
    expect(share).toBeGreaterThan(2 / 3);
    expect(share).toBeLessThan(1);
  },
);
