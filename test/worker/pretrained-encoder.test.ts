/**
 * What stands around an encoder: the decoder of segmentation_models under SLEAP's names, and the range of images that its ImageNet weights
 * know. The encoders themselves are in encoders.test.ts.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { imagenetRangeOf } from '../../gpu-worker/model/encoders/encoder.ts';
import { buildNetwork, namedWeights, runNetwork, trainableWeights } from '../../gpu-worker/model/network.ts';
import { ENCODERS, type Encoder, type EncoderPreprocessing } from '../../src/contract/encoders.ts';
import { headStrides } from '../../src/contract/head-strides.ts';
import { backbone } from '../support/backbone.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
expectNoTensorsLeft();

interface Options {
  encoder?: Encoder;
  stride?: number;
  channels?: 1 | 3;
  preprocessing?: EncoderPreprocessing;
  seed?: number | null;
}

function build(config: Record<string, unknown>, options: Options = {}): LayersModel {
  const { encoder = 'mobilenetv2', stride = 2, channels = 3, preprocessing = 'imagenet', seed = null } = options;
  return buildNetwork({
    backbone: backbone('pretrained_encoder', { encoder, decoder_filters: 2, ...config }),
    headsOutputStride: stride,
    inputShape: [null, null, channels],
    keypoints: 3,
    seed,
    preprocessing,
  });
}

const isDecoder = (name: string) => /^(decoder|center)_/.test(name);
const inputsOf = (network: LayersModel, name: string) =>
  network.getLayer(name).inboundNodes[0]!.inboundLayers.map(layer => layer.name);
const channelsOf = (network: LayersModel, name: string) =>
  (network.getLayer(name).output as SymbolicTensor).shape.at(-1);

/** The layers of a stage, in order. */
function stage(i: number, withConcat = true): string[] {
  const block = (part: string) => ['conv', 'bn', 'relu'].map(layer => `decoder_stage${i}${part}_${layer}`);
  const concat = withConcat ? [`decoder_stage${i}_concat`] : [];
  return [`decoder_stage${i}_upsampling`, ...concat, ...block('a'), ...block('b')];
}

describe('the decoder', () => {
  it.each([
    [16, [5]],
    [8, [5, 3]],
    [4, [5, 3, 2]],
    [2, [5, 3, 2, 1]],
    [1, [5, 3, 2, 1, 1]],
  ])('for stride %i has stages of %j filters, fewer by a rate and truncated', (stride, filters) => {
    const network = build({ decoder_filters: 5, decoder_filters_rate: 0.7 }, { stride });
    expect(network.layers.map(({ name }) => name).filter(isDecoder)).toEqual(
      // Nothing is left to join at the stride of the image.
      filters.flatMap((_, i) => stage(i, i < 4)),
    );
    for (const [i, count] of filters.entries())
      for (const part of ['a', 'b']) expect(channelsOf(network, `decoder_stage${i}${part}_conv`)).toBe(count);
    const last = `decoder_stage${filters.length - 1}b_relu`;
    expect(inputsOf(network, 'SingleInstanceConfmapsHead')).toEqual([last]);
    const maps = tf.tidy(() => runNetwork(network, tf.zeros([1, 64, 32, 3])).map(({ shape }) => shape));
    expect(maps).toEqual([[1, 64 / stride, 32 / stride, 3]]);
    network.dispose();
  });

  it('has 256 filters in every stage unless told otherwise, as SLEAP', () => {
    const network = build({ decoder_filters: undefined });
    for (const i of [0, 1, 2, 3]) expect(channelsOf(network, `decoder_stage${i}a_conv`)).toBe(256);
    network.dispose();
  });

  it('joins what comes from below with the features of the encoder, in this order', () => {
    const network = build({});
    expect([0, 1, 2, 3].map(i => inputsOf(network, `decoder_stage${i}_concat`))).toEqual(
      [13, 6, 3, 1].map((block, i) => [`decoder_stage${i}_upsampling`, `block_${block}_expand_relu`]),
    );
    expect([0, 1, 2, 3].map(i => inputsOf(network, `decoder_stage${i}_upsampling`))).toEqual(
      ['out_relu', 'decoder_stage0b_relu', 'decoder_stage1b_relu', 'decoder_stage2b_relu'].map(name => [name]),
    );
    network.dispose();
  });

  it.each(['vgg16', 'vgg19'] as const)('begins with two more convolutions of 512 filters on %s', encoder => {
    const network = build({}, { encoder, stride: 16 });
    const center = [1, 2].flatMap(i => ['conv', 'bn', 'relu'].map(layer => `center_block${i}_${layer}`));
    expect(network.layers.map(({ name }) => name).filter(isDecoder)).toEqual([...center, ...stage(0)]);
    expect(inputsOf(network, 'center_block1_conv')).toEqual(['block5_pool']);
    expect(inputsOf(network, 'decoder_stage0_upsampling')).toEqual(['center_block2_relu']);
    expect([1, 2].map(i => channelsOf(network, `center_block${i}_conv`))).toEqual([512, 512]);
    network.dispose();
  });

  it('normalises all its convolutions, which have no bias, with the constants of Keras', () => {
    const network = build({}, { encoder: 'vgg16', stride: 1 });
    const own = namedWeights(network).filter(({ name }) => isDecoder(name));
    expect(new Set(own.map(({ name }) => name.split('/')[1]))).toEqual(
      new Set(['kernel', 'gamma', 'beta', 'moving_mean', 'moving_variance']),
    );
    for (const layer of network.layers.filter(({ name }) => isDecoder(name) && name.endsWith('_bn')))
      expect(layer.getConfig()).toMatchObject({ epsilon: 1e-3, momentum: 0.99 });
    network.dispose();
  });

  it('ends above stride 32', () => {
    expect(headStrides(backbone('pretrained_encoder'))).toEqual([1, 2, 4, 8, 16]);
    expect(() => build({}, { stride: 32 })).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

/** segmentation_models' preprocessing of a pixel of levels R, G, B. */
const FORMULAS: Record<string, { encoder: Encoder; of: (rgb: number[]) => number[] }> = {
  levels: { encoder: 'resnet18', of: rgb => rgb },
  caffe: { encoder: 'vgg16', of: ([r, g, b]) => [b! - 103.939, g! - 116.779, r! - 123.68] },
  tf: { encoder: 'mobilenet', of: rgb => rgb.map(level => level / 127.5 - 1) },
  torch: {
    encoder: 'efficientnetb0',
    of: rgb => rgb.map((level, c) => (level / 255 - [0.485, 0.456, 0.406][c]!) / [0.229, 0.224, 0.225][c]!),
  },
};

/** 256 pixels in which every channel takes every level, in another order each. */
const PIXELS = Array.from({ length: 256 }, (_, i) => [i, 255 - i, (i * 77) % 256]);

describe('the range of images', () => {
  it.each(Object.entries(FORMULAS))('of weights that know %s is made of levels as in Keras', async (_, given) => {
    const network = build({}, { encoder: given.encoder, stride: 16 });
    const x = tf.tidy(() => tf.reshape(tf.div(tf.tensor2d(PIXELS), 255), [1, 1, 256, 3]));
    const y = network.getLayer('imagenet_preproc').apply(x) as tf.Tensor;
    const expected = PIXELS.flatMap(given.of);
    const worst = (await y.data<'float32'>()).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
      0,
    );
    expect(worst).toBeLessThan(3e-7 * Math.max(...expected.map(Math.abs)));
    tf.dispose([x, y]);
    network.dispose();
  });

  it("is that of the encoder's own weights", () => {
    expect(Object.fromEntries(ENCODERS.map(encoder => [encoder, imagenetRangeOf(encoder)]))).toEqual(
      Object.fromEntries(
        ENCODERS.map(encoder => {
          if (/^(resnet|resnext|seresnet(18|34)$)/.test(encoder)) return [encoder, 'levels'];
          if (/^vgg/.test(encoder)) return [encoder, 'caffe'];
          return [encoder, /^(inception|mobilenet)/.test(encoder) ? 'tf' : 'torch'];
        }),
      ),
    );
  });

  it.each([1, 3] as const)('stays between 0 and 1 under "sleap", with %i channels', channels => {
    const network = build({}, { channels, preprocessing: 'sleap' });
    expect(network.layers.some(({ name }) => name === 'imagenet_preproc')).toBe(false);
    expect(inputsOf(network, 'Conv1_pad')).toEqual([channels === 1 ? 'tile_channels' : 'input']);
    network.dispose();
  });

  it('is never trained', () => {
    const network = build({});
    const own = ({ name }: { name: string }) => name.startsWith('imagenet_preproc/');
    expect(namedWeights(network).filter(own)).toHaveLength(2);
    expect(trainableWeights(network).filter(own)).toEqual([]);
    network.dispose();
  });
});

describe('a gray image', () => {
  it.each(['imagenet', 'sleap'] as const)('gives what its three equal channels give (%s)', async preprocessing => {
    const [gray, colour] = [1, 3].map(channels =>
      build({}, { channels: channels as 1 | 3, preprocessing, seed: 4, stride: 8 }),
    ) as [LayersModel, LayersModel];
    expect(inputsOf(gray, 'tile_channels')).toEqual(['input', 'input', 'input']);
    expect(namedWeights(gray).map(({ name }) => name)).toEqual(namedWeights(colour).map(({ name }) => name));
    const image = tf.randomUniform<tf.Rank.R4>([1, 64, 32, 1], 0, 1, 'float32', 3);
    const [one, three] = tf.tidy(() => [
      runNetwork(gray, image)[0]!,
      runNetwork(colour, tf.tile(image, [1, 1, 1, 3]))[0]!,
    ]) as [tf.Tensor, tf.Tensor];
    expect(await one.data()).toEqual(await three.data());
    expect(Math.max(...(await one.data()))).toBeGreaterThan(0);
    tf.dispose([image, one, three]);
    gray.dispose();
    colour.dispose();
  });
});
