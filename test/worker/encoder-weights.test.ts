/**
 * ImageNet weights from files in the layouts of the published ones into encoders: every number in its place, and a file of another network refused.
 * That kerasLayers says the order and the numbers of Keras itself is tested in encoders.test.ts.
 */
import { beforeAll, describe, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { fillEncoder } from '../../gpu-worker/model/encoder-weights.ts';
import { readKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import { buildNetwork } from '../../gpu-worker/model/network.ts';
import type { NamedArray } from '../../gpu-worker/model/weights.ts';
import type { Encoder } from '../../src/contract/encoders.ts';
import { backbone } from '../support/backbone.ts';
import { expectFilled, expectRefusal, numbersOf, sizeOf } from '../support/filled-weights.ts';
import { type FileLayer, kerasLayers } from '../support/keras-layers.ts';
import { type WrittenLayer, writeWeightsFile } from '../support/keras-weights-file.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
const scratch = scratchFolder();
expectNoThreadsLeft();
expectNoTensorsLeft();

const build = (encoder: Encoder) =>
  buildNetwork({
    backbone: backbone('pretrained_encoder', { encoder, decoder_filters: 2 }),
    headsOutputStride: 8,
    inputShape: [null, null, 3],
    keypoints: 2,
    seed: null,
  });

/** The path of a weight below its layer. */
type NameWeight = (layer: FileLayer, leaf: string) => string;

const LAYER_TWICE: NameWeight = ({ name }, leaf) => `${name}/${leaf}:0`;
/** "block1_conv1_W_1:0" */
const KERAS_1: NameWeight = ({ name }, leaf) => `${name}_${leaf === 'kernel' ? 'W' : 'b'}_1:0`;

const leafOf = ({ layer }: FileLayer, i: number) => layer.weights[i]!.originalName.split('/').at(-1)!;

/** The file of these layers, each after one without weights as in Keras; tensors are numbered in the order of the file. */
function written(layers: FileLayer[], nameWeight: NameWeight): WrittenLayer[] {
  let tensor = 0;
  return layers.flatMap((layer, place) => {
    const weights = layer.shapes.map((shape, i) => {
      const data = numbersOf(tensor++, shape);
      return { path: nameWeight(layer, leafOf(layer, i)), shape, data };
    });
    return [
      { name: `activation_${place + 9}`, weights: [] },
      { name: layer.name, weights },
    ];
  });
}

/** What the weights of the network must be, by our names. A grouped kernel has those of its groups side by side. */
function expectedWeights(layers: FileLayer[]): Map<string, Float32Array> {
  const expected = new Map<string, Float32Array>();
  let tensor = 0;
  for (const own of layers)
    for (const [i, shape] of own.shapes.entries()) {
      const variable = own.layer.weights[i]!;
      const width = shape.at(-1)!;
      const wholeWidth = (variable.shape as number[]).at(-1)!;
      const name = `${own.layer.name}/${leafOf(own, i)}`;
      const whole = expected.get(name) ?? new Float32Array(sizeOf(variable.shape as number[]));
      const numbers = numbersOf(tensor++, shape);
      for (let at = 0, row = 0; at < numbers.length; at += width, row++)
        whole.set(numbers.subarray(at, at + width), row * wholeWidth + own.group * width);
      expected.set(name, whole);
    }
  return expected;
}

describe('fillEncoder', () => {
  it.each([
    ['mobilenetv2', 'all layers named', 1, LAYER_TWICE, '/'],
    ['resnet18', 'all layers named, in a whole model', 1, LAYER_TWICE, 'model_weights'],
    ['seresnet18', 'squeeze and excitation numbered', 40, LAYER_TWICE, '/'],
    ['seresnext50', 'all layers numbered, kernels in groups', 117, LAYER_TWICE, '/'],
    ['vgg16', 'names of weights of Keras 1', 1, KERAS_1, '/'],
    ['densenet121', 'slashes in the names of layers', 1, LAYER_TWICE, '/'],
    ['inceptionv3', 'all layers numbered', 95, LAYER_TWICE, '/'],
    ['efficientnetb0', 'all layers named', 1, LAYER_TWICE, '/'],
  ] as const)('puts every number of a file in its place: %s (%s)', async (encoder, _, first, nameWeight, root) => {
    const network = build(encoder);
    const layers = kerasLayers(network, encoder, first);
    await writeWeightsFile(scratch.path('weights.h5'), written(layers, nameWeight), root);
    const { weights } = await readKerasModel(scratch.path('weights.h5'));
    await expectFilled(network, () => fillEncoder(network, weights), expectedWeights(layers));
    network.dispose();
  });

  it('takes a list of layers that Keras had to cut', async () => {
    const network = build('resnet18');
    const layers = kerasLayers(network, 'resnet18');
    const empty = Array.from({ length: 2000 }, (_, i) => ({ name: `${'x'.repeat(60)}_${i}`, weights: [] }));
    await writeWeightsFile(scratch.path('weights.h5'), [...empty, ...written(layers, LAYER_TWICE)]);
    const { weights } = await readKerasModel(scratch.path('weights.h5'));
    await expectFilled(network, () => fillEncoder(network, weights), expectedWeights(layers));
    network.dispose();
  });
});

/** What keras-h5.ts reads of a file of these layers. */
function arraysOf(layers: FileLayer[]): NamedArray[] {
  return written(layers, LAYER_TWICE).flatMap(({ name, weights }) =>
    weights.map(({ path, shape, data }) => ({
      name: `${name}/${path.slice(path.lastIndexOf('/') + 1, -2)}`,
      shape,
      data,
    })),
  );
}

const layerOf = ({ name }: NamedArray) => name.slice(0, name.lastIndexOf('/'));
describe('fillEncoder refuses', () => {
  const fileOf = (encoder: Encoder) => {
    const network = build(encoder);
    const arrays = arraysOf(kerasLayers(network, encoder, 7));
    network.dispose();
    return arrays;
  };

  it.each([
    ['mobilenetv2', 'resnet18', 'a layer bn_data'],
    ['resnet18', 'mobilenetv2', 'a layer Conv1'],
    ['resnet18', 'seresnet18', 'layers more than the encoder'],
    ['seresnet18', 'resnet18', '0 in its place'],
    ['inceptionv3', 'seresnet50', 'has the shape'],
    ['efficientnetb0', 'efficientnetb1', 'which the encoder has not'],
    ['vgg16', 'vgg19', 'a layer block3_conv4'],
  ] as const)('for %s the file of %s', async (encoder, other, words) => {
    const network = build(encoder);
    await expectRefusal(network, () => fillEncoder(network, fileOf(other)), words);
    network.dispose();
  });

  type Spoil = (arrays: NamedArray[]) => NamedArray[];
  const without =
    (layer: string): Spoil =>
    arrays =>
      arrays.filter(array => layerOf(array) !== layer);
  const extra = (name: string): NamedArray => ({ name, shape: [2], data: new Float32Array(2) });
  const reshaped =
    (name: string, shape: number[]): Spoil =>
    arrays =>
      arrays.map(array => (array.name === name ? { name, shape, data: new Float32Array(sizeOf(shape)) } : array));

  it.each([
    [
      'a file without one of its layers',
      'mobilenetv2',
      without('block_5_expand_BN'),
      'block_5_expand_BN has 4 weights',
    ],
    ['a file without one numbered layer', 'seresnet18', without('conv2d_12'), 'stage2_unit1_se_expand has the shape'],
    ['a file without its last numbered layer', 'seresnet18', without('conv2d_22'), '0 in its place'],
    [
      'a layer without one of its weights',
      'resnet18',
      (arrays: NamedArray[]) => arrays.slice(1),
      'bn_data has 3 weights',
    ],
    [
      'one numbered layer more',
      'seresnet18',
      (arrays: NamedArray[]) => [...arrays, extra('conv2d_99/kernel')],
      '1 layers more',
    ],
    [
      'one layer more of another name',
      'mobilenetv2',
      (arrays: NamedArray[]) => [...arrays, extra('head/kernel')],
      'head',
    ],
    [
      'a kernel of another shape',
      'mobilenetv2',
      reshaped('Conv1/kernel', [3, 3, 1, 32]),
      'Conv1 has the shape 3×3×3×32',
    ],
    ['a kernel turned over', 'resnet18', reshaped('conv0/kernel', [64, 3, 7, 7]), 'conv0 has the shape'],
    [
      'groups of unequal shape',
      'seresnext50',
      reshaped('conv2d_15/kernel', [3, 3, 4, 5]),
      'no groups of one convolution',
    ],
    ['a group too few', 'seresnext50', without('conv2d_15'), 'no groups of one convolution'],
    ['nothing at all', 'efficientnetb0', () => [], 'stem_conv has 1 weights'],
    ['nothing at all where all is numbered', 'seresnext50', () => [], 'stem_conv has 1 weights'],
  ] as [string, Encoder, Spoil, string][])('%s', async (_, encoder, spoil, words) => {
    const network = build(encoder);
    const arrays = arraysOf(kerasLayers(network, encoder, 7));
    await expectRefusal(network, () => fillEncoder(network, spoil(arrays)), words);
    network.dispose();
  });
});
