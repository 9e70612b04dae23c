/** Graphs for others: what is written as JSON is made of their own layers only and gives the same numbers in a stock TensorFlow.js. */
import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { squeezeExcite } from '../../gpu-worker/model/encoders/squeeze-excite.ts';
import { toRange } from '../../gpu-worker/model/image-range.ts';
import { kerasTopology, tfjsModel } from '../../gpu-worker/model/keras-topology.ts';
import { LayerKit } from '../../gpu-worker/model/layer-kit.ts';
import { HalfPixelUpsampling, upsampleHalfPixel } from '../../gpu-worker/model/layers/half-pixel-upsampling.ts';
import { buildNetwork, namedWeights, runNetwork } from '../../gpu-worker/model/network.ts';
import { encodeTensors } from '../../gpu-worker/model/weights.ts';
import type { Backbone } from '../../src/contract/backbones.ts';
import { backbone } from '../support/backbone.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

expectNoTensorsLeft();

/** Classes that Keras 2 and TensorFlow.js both have. */
const STOCK = [
  ...['InputLayer', 'Conv2D', 'Conv2DTranspose', 'Activation', 'BatchNormalization', 'MaxPooling2D', 'UpSampling2D'],
  ...['ZeroPadding2D', 'Concatenate', 'Add', 'Average', 'AveragePooling2D', 'GlobalAveragePooling2D', 'Reshape'],
  ...['DepthwiseConv2D', 'ReLU', 'Multiply', 'Rescaling', 'Dropout'],
];

function network(name: Backbone, config: Record<string, unknown>, stride: number, channels = 1): LayersModel {
  const built = buildNetwork({
    backbone: backbone(name, config),
    headsOutputStride: stride,
    inputShape: [null, null, channels],
    keypoints: 3,
    seed: 1,
  });
  // Statistics and biases are zeros and ones at first, which would hide a mistake.
  for (const [i, { name, tensor }] of namedWeights(built).entries())
    tf.tidy(() => {
      const noise = tf.abs(tf.randomNormal(tensor.shape, 0, 0.1, 'float32', i + 1));
      if (!name.endsWith('kernel')) tensor.assign(tf.add(tensor, noise));
    });
  return built;
}

/** A model of every kind of layer that backbones use and the small ones lack. */
function oddments(): LayersModel {
  const kit = new LayerKit(1);
  const image = input({ shape: [null, null, 1], name: 'input' });
  const prepared = toRange(image, 'caffe', 'imagenet_preproc_v1');
  let x = kit.conv(kit.zeroPad(prepared, 'pad', 1), 'c', { filters: 4, padding: 'valid' });
  x = kit.conv(kit.batchNorm(x, 'bn', { epsilon: 1e-5 }), 'dilated', { filters: 4, dilationRate: 2 });
  return model({ inputs: image, outputs: kit.upsampleBilinear(x, 'up', 4) });
}

/** A model of every kind of layer that pretrained encoders use and TensorFlow.js knows. */
function encoderOddments(): LayersModel {
  const kit = new LayerKit(1);
  const image = input({ shape: [null, null, 3], name: 'input' });
  const asymmetric: [[number, number], [number, number]] = [
    [0, 1],
    [0, 1],
  ];
  let x = kit.zeroPad(toRange(image, 'torch', 'imagenet_preproc'), 'pad', asymmetric);
  x = kit.conv(x, 'c', { filters: 32, strides: 2, padding: 'valid', useBias: false });
  x = kit.relu6(kit.batchNorm(x, 'bn', { scale: false, momentum: 0.999 }), 'relu6');
  x = kit.depthwiseConv(x, 'depthwise', { kernelSize: 3, strides: 1, padding: 'same' });
  x = kit.swish(x, 'swish');
  x = kit.add([x, kit.multiply(squeezeExcite(kit, x, 'se'), 'scaled', 0.17)], 'sum');
  x = kit.averagePool(kit.dropConnect(x, 'drop', 0.2), 'mean', { poolSize: 3, strides: 1, padding: 'same' });
  x = kit.conv(x, 'row', { filters: 4, kernelSize: [1, 7], useBias: false });
  return model({ inputs: image, outputs: kit.upsampleNearest(x, 'up') });
}

/** As a browser does it: model.json and, for weights.bin, the checkpoint behind its header. */
async function loadStock(original: LayersModel): Promise<LayersModel> {
  const { modelJson } = JSON.parse(JSON.stringify(tfjsModel(original))) as NonNullable<ReturnType<typeof tfjsModel>>;
  const checkpoint = await encodeTensors(namedWeights(original));
  const headerBytes = Number(new DataView(checkpoint.buffer).getBigUint64(0, true));
  return await loadLayersModel(
    tf.io.fromMemory({
      modelTopology: modelJson.modelTopology,
      weightSpecs: modelJson.weightsManifest[0]!.weights,
      weightData: checkpoint.slice(8 + headerBytes).buffer,
    }),
  );
}

const classNames = (topology: ReturnType<typeof kerasTopology>) =>
  new Set(topology.config.layers.map(layer => layer.class_name));
const layerOf = (original: LayersModel, name: string) =>
  kerasTopology(original).config.layers.find(layer => layer.name === name)!;

const NETWORKS: [string, () => LayersModel][] = [
  ['a U-Net with transposed convolutions', () => network('unet', { filters: 4, max_stride: 8 }, 2)],
  [
    'a U-Net with bilinear upsampling',
    () => network('unet', { filters: 4, max_stride: 8, up_interpolate: true }, 1, 3),
  ],
  [
    'stacked U-Nets, a head each',
    () => network('unet', { filters: 4, max_stride: 4, up_interpolate: true, stacks: 2 }, 1),
  ],
  ['LEAP', () => network('leap', { filters: 4 }, 2)],
  [
    'stacked hourglasses',
    () => network('hourglass', { filters: 4, filter_increase: 2, stem_filters: 4, max_stride: 16, stacks: 2 }, 4),
  ],
  ['the layers of a resnet', oddments],
  ['the layers of pretrained encoders', encoderOddments],
];

describe('TensorFlow.js without classes of ours', () => {
  it.each(NETWORKS)('computes the same with %s', async (_, build) => {
    const original = build();
    expect(STOCK).toEqual(expect.arrayContaining([...classNames(tfjsModel(original)!.modelJson.modelTopology)]));
    const loaded = await loadStock(original);
    for (const [height, width] of [
      [32, 48],
      [16, 16],
    ] as const) {
      const x = tf.randomUniform([2, height, width, original.inputs[0]!.shape.at(-1)!], 0, 1, 'float32', 1);
      const expected = runNetwork(original, x as tf.Tensor4D);
      const actual = [loaded.predict(x)].flat() as tf.Tensor[];
      expect(actual.map(maps => maps.shape)).toEqual(expected.map(maps => maps.shape));
      for (const [i, maps] of actual.entries()) {
        const worst = tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(maps, expected[i]!))), tf.max(tf.abs(expected[i]!))));
        expect((await worst.data())[0]).toBeLessThan(2e-6);
        worst.dispose();
      }
      tf.dispose([x, ...expected, ...actual]);
    }
    original.dispose();
    loaded.dispose();
  });

  it.each([2, 4, 8])('upsamples by %d on the half-pixel grid, edges included', async factor => {
    for (const [height, width] of [
      [1, 1],
      [1, 6],
      [5, 2],
      [4, 7],
    ] as const) {
      const image = input({ shape: [null, null, 2], name: 'input' });
      const layer = new HalfPixelUpsampling({ name: 'up', factor });
      const original = model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
      const loaded = await loadStock(original);
      const x = tf.randomNormal([2, height, width, 2], 0, 1, 'float32', 1) as tf.Tensor4D;
      const [actual, expected] = [loaded.predict(x) as tf.Tensor, upsampleHalfPixel(x, factor)];
      const worst = tf.tidy(() => tf.max(tf.abs(tf.sub(actual, expected))));
      expect((await worst.data())[0]).toBeLessThan(1e-6);
      tf.dispose([x, actual, expected, worst]);
      original.dispose();
      loaded.dispose();
    }
  });

  it('is not promised where a factor has no exact form', () => {
    const image = input({ shape: [null, null, 2], name: 'input' });
    const layer = new HalfPixelUpsampling({ name: 'up', factor: 3 });
    const original = model({ inputs: image, outputs: layer.apply(image) as SymbolicTensor });
    expect(() => tfjsModel(original)).toThrow('up: bilinear upsampling by 3');
    original.dispose();
  });

  it('is not promised where convolutions have groups, which Keras knows', () => {
    const kit = new LayerKit(1);
    const image = input({ shape: [null, null, 8], name: 'input' });
    const grouped = kit.groupedConv(image, 'grouped', { filters: 16, groups: 4, strides: 2 });
    const original = model({ inputs: image, outputs: grouped });
    expect(tfjsModel(original)).toBeNull();
    expect(layerOf(original, 'grouped')).toMatchObject({
      class_name: 'Conv2D',
      config: { filters: 16, kernel_size: [3, 3], strides: [2, 2], padding: 'valid', groups: 4, use_bias: false },
    });
    original.dispose();
  });

  it('finds its weights in the order of the checkpoint', () => {
    const original = network('hourglass', { filters: 4, stem_filters: 4, max_stride: 8, stacks: 1 }, 4);
    const [group] = tfjsModel(original)!.modelJson.weightsManifest;
    expect(group!.paths).toEqual(['weights.bin']);
    expect(group!.weights).toEqual(
      namedWeights(original).map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: 'float32' })),
    );
    original.dispose();
  });
});

describe("Keras's model_config", () => {
  it('names classes of Keras only', () => {
    for (const [, build] of NETWORKS) {
      const original = build();
      expect(STOCK).toEqual(expect.arrayContaining([...classNames(kerasTopology(original))]));
      original.dispose();
    }
  });

  it('takes images of any size but not of other channels', () => {
    const original = buildNetwork({
      backbone: backbone('unet', { filters: 4, max_stride: 4 }),
      headsOutputStride: 2,
      inputShape: [32, 48, 3],
      keypoints: 1,
      seed: 1,
    });
    expect(layerOf(original, 'input').config.batch_input_shape).toEqual([null, null, null, 3]);
    original.dispose();
  });

  it("describes our own layers as Keras's", () => {
    const original = oddments();
    expect(layerOf(original, 'up')).toEqual({
      class_name: 'UpSampling2D',
      name: 'up',
      config: { name: 'up', trainable: true, size: [4, 4], data_format: 'channels_last', interpolation: 'bilinear' },
      inbound_nodes: [[['dilated', 0, 0, {}]]],
    });
    expect(layerOf(original, 'dilated')).toMatchObject({
      class_name: 'Conv2D',
      config: { filters: 4, kernel_size: [3, 3], dilation_rate: [2, 2], padding: 'same', data_format: 'channels_last' },
    });
    expect(layerOf(original, 'bn')).toMatchObject({
      class_name: 'BatchNormalization',
      config: { axis: -1, momentum: 0.99, epsilon: 1e-5, center: true, scale: true },
    });
    original.dispose();
  });

  it('keeps the heads of all stacks, in order', () => {
    const original = network('unet', { filters: 4, max_stride: 4, stacks: 2 }, 1);
    expect(kerasTopology(original).config.output_layers).toEqual([
      ['SingleInstanceConfmapsHead_0', 0, 0],
      ['SingleInstanceConfmapsHead_1', 0, 0],
    ]);
    original.dispose();
  });

  it('keeps a frozen encoder frozen', () => {
    const original = oddments();
    expect(layerOf(original, 'imagenet_preproc_v1').config.trainable).toBe(false);
    expect(layerOf(original, 'c').config.trainable).toBe(true);
    original.dispose();
  });
});
