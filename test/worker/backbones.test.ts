/**
 * LEAP, hourglass and resnet against SLEAP's own: sizes and names as its architectures give them under Keras 2 (v1.4.1, built once with
 * these settings), and what ours do that its cannot. U-Net has a file of its own. Numbers of whole networks were compared outside the suite.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, namedWeights, runNetwork, trainableWeights } from '../../gpu-worker/model/network.ts';
import type { Backbone } from '../../src/contract/backbones.ts';
import { headStrides } from '../../src/contract/head-strides.ts';
import { backbone } from '../support/backbone.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

const SMALL: Record<'leap' | 'hourglass' | 'resnet', Record<string, unknown>> = {
  leap: { filters: 4, max_stride: 8 },
  hourglass: { stem_filters: 4, filters: 6, filter_increase: 2, max_stride: 16, stacks: 2 },
  resnet: { weights: 'random', upsampling: { filters: 4 } },
};

function build(
  model: Backbone,
  config: Record<string, unknown>,
  stride: number,
  { channels = 1, keypoints = 13, frozen = false } = {},
) {
  const inputShape: [null, null, number] = [null, null, channels];
  return buildNetwork({
    backbone: backbone(model, config),
    headsOutputStride: stride,
    inputShape,
    keypoints,
    seed: 1,
    frozen,
  });
}

const sizeOf = (weights: { tensor: tf.Variable }[]) => weights.reduce((sum, { tensor }) => sum + tensor.size, 0);

describe('a backbone', () => {
  it.each([
    ['leap', {}, 1, 1, 32, 10_773_024, 10_773_024],
    ['leap', {}, 4, 3, 4, 2_510_724, 2_510_724],
    ['hourglass', { stem_stride: 4, stacks: 1 }, 4, 1, 13, 22_588_429, 22_600_461],
    ['resnet', { weights: 'random' }, 4, 3, 13, 24_900_557, 24_954_445],
    ['resnet', { weights: 'random', upsampling: null }, 4, 3, 13, 10_445, 10_573],
    [
      'resnet',
      { weights: 'random', upsampling: null, max_stride: 16, features: 'sleap-default' },
      16,
      3,
      13,
      23_561_229,
      23_614_349,
    ],
    ['unet', { filters: 16 }, 2, 1, 13, 2_147_261, 2_147_261],
    ['unet', { filters: 32, filters_rate: 1.5, max_stride: 32 }, 4, 1, 13, 3_324_710, 3_324_710],
    ['unet', { stem_stride: 4, filters: 8, filters_rate: 1.5, max_stride: 32 }, 1, 1, 3, 222_780, 222_780],
    ['unet', { stem_stride: 2, filters: 6, up_interpolate: true, stacks: 2 }, 2, 1, 3, 550_764, 550_764],
  ] as const)(
    'has as many weights as in SLEAP: %s %o at stride %i',
    (model, config, stride, channels, keypoints, trainable, all) => {
      const network = build(model, config, stride, { channels, keypoints });
      expect(sizeOf(trainableWeights(network))).toBe(trainable);
      expect(sizeOf(namedWeights(network))).toBe(all);
      network.dispose();
    },
  );

  it.each(['leap', 'hourglass', 'resnet'] as const)('gives maps of every stride it claims, and no other: %s', model => {
    const choice = backbone(model, SMALL[model]);
    const strides = headStrides(choice);
    expect(strides).toEqual({ leap: [1, 2, 4, 8], hourglass: [1, 2, 4], resnet: [1, 2, 4, 8, 16, 32] }[model]);
    for (const stride of strides) {
      const network = build(model, SMALL[model], stride, { keypoints: 3 });
      const maps = tf.tidy(() => runNetwork(network, tf.zeros([1, 64, 32, 1])).map(({ shape }) => shape));
      expect(maps).toEqual(Array(model === 'hourglass' ? 2 : 1).fill([1, 64 / stride, 32 / stride, 3]));
      network.dispose();
    }
    expect(() => build(model, SMALL[model], 64)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('LEAP', () => {
  it('has no skips, no middle, and three convolutions before each pooling', () => {
    const network = build('leap', SMALL.leap, 2);
    expect(network.layers.map(layer => layer.name).filter(name => !name.includes('act'))).toEqual([
      'input',
      ...[0, 1, 2].flatMap(block => [...[0, 1, 2].map(i => `stack0_enc${block}_conv${i}`), `stack0_enc${block}_pool`]),
      ...['stack0_dec0_s8_to_s4', 'stack0_dec1_s4_to_s2'].flatMap(name =>
        ['trans_conv', 'refine_conv0', 'refine_conv1'].map(part => `${name}_${part}`),
      ),
      'SingleInstanceConfmapsHead',
    ]);
    network.dispose();
  });
});

describe('an hourglass', () => {
  it('has a head on each of its stacks, the last of which predicts', () => {
    const network = build('hourglass', { ...SMALL.hourglass, stacks: 3 }, 4);
    expect(network.outputNames).toEqual([0, 1, 2].map(stack => `SingleInstanceConfmapsHead_${stack}`));
    network.dispose();
  });

  it('names its layers as SLEAP does, and normalises after the rectifier', () => {
    const network = build('hourglass', { ...SMALL.hourglass, max_stride: 4, stacks: 1 }, 2);
    expect(network.layers.map(layer => layer.name)).toEqual([
      'input',
      ...['conv7x7_conv', 'conv7x7_bn', 'conv3x3_conv', 'conv3x3_bn', 'pool', 'conv3x3_out_conv', 'conv3x3_out_bn'].map(
        part => `stem0_${part}`,
      ),
      ...['stack0_enc0_pool', 'stack0_enc0_conv_conv', 'stack0_enc0_conv_bn'],
      ...['conv_conv', 'conv_bn', 'skip_conv', 'nearest', 'skip_bn', 'skip_add'].map(part => `stack0_dec0_${part}`),
      'SingleInstanceConfmapsHead',
    ]);
    network.dispose();
  });

  it('lets its stem follow the head when it is left open, and holds to one that is given', () => {
    expect(headStrides(backbone('hourglass', {}))).toEqual([1, 2, 4]);
    expect(headStrides(backbone('hourglass', { stacks: 1 }))).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(headStrides(backbone('hourglass', { stem_stride: 4 }))).toEqual([4]);
    expect(headStrides(backbone('hourglass', { stem_stride: 2, stacks: 1 }))).toEqual([2, 4, 8, 16, 32, 64]);
  });
});

describe('a resnet', () => {
  it('is decoded and trained as a whole by default, and reads the first frozen features under sleap-default', () => {
    expect(backbone('resnet').backbone_config).toMatchObject({
      weights: 'tunable',
      atrous: true,
      upsampling: { method: 'interpolation', filters: 64, refine_convs: 2 },
    });
    expect(backbone('resnet', { features: 'sleap-default' }).backbone_config).toMatchObject({
      weights: 'frozen',
      atrous: false,
      upsampling: null,
    });
    const network = build('resnet', { features: 'sleap-default' }, 4, { channels: 3, frozen: true });
    expect(sizeOf(trainableWeights(network))).toBe(65 * 13); // a 1x1 convolution on the stem's 64 channels
    network.dispose();
  });

  it('keeps the resolution that max_stride names and sees as far as before', () => {
    const dilated = build('resnet', { ...SMALL.resnet, upsampling: null, max_stride: 16 }, 16);
    const stage = (network: ReturnType<typeof build>, name: string) => network.getLayer(name).getConfig().dilationRate;
    expect(stage(dilated, 'conv5_block1_2_conv')).toEqual([2, 2]);
    expect(stage(dilated, 'conv5_block3_2_conv')).toEqual([2, 2]);
    expect(stage(dilated, 'conv4_block1_2_conv')).toEqual([1, 1]);
    dilated.dispose();
    const plain = build('resnet', { ...SMALL.resnet, upsampling: null, max_stride: 16, atrous: false }, 16);
    expect(stage(plain, 'conv5_block1_2_conv')).toEqual([1, 1]);
    plain.dispose();
  });

  it('brings images to the range its ImageNet weights know: levels in BGR minus the mean, gray repeated', async () => {
    for (const channels of [1, 3]) {
      const network = build('resnet', { ...SMALL.resnet, weights: 'tunable' }, 32, { channels });
      const [kernel, bias] = network.getLayer('imagenet_preproc_v1').getWeights();
      expect([...(await kernel!.data())]).toEqual([0, 0, 255, 0, 255, 0, 255, 0, 0]);
      expect([...(await bias!.data())]).toEqual([-103.939, -116.779, -123.68].map(Math.fround));
      expect(network.layers.some(layer => layer.name === 'tile_channels')).toBe(channels === 1);
      expect(trainableWeights(network).some(({ name }) => name.startsWith('imagenet'))).toBe(false);
      network.dispose();
    }
  });
});
