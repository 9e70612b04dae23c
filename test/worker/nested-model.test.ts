/** Models of pretrained encoders as SLEAP saves them, encoder and decoder within one layer, come in with every number in its place. */
import { randomBytes } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { fillIn } from '../../gpu-worker/import/weights.ts';
import { readKerasModel } from '../../gpu-worker/model/keras-h5.ts';
import { buildNetwork, readWeights, runNetwork, trainableWeights } from '../../gpu-worker/model/network.ts';
import type { Encoder } from '../../src/contract/encoders.ts';
import { backbone } from '../support/backbone.ts';
import { kerasLayers } from '../support/keras-layers.ts';
import { writeWeightsFile } from '../support/keras-weights-file.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});
const scratch = scratchFolder();
expectNoThreadsLeft();
expectNoTensorsLeft();

const HEAD = 'SingleInstanceConfmapsHead';
const NESTED = 'model_2';
/** Keras names it by session; the others are Lambda, input and head. */
const MODEL_CONFIG = {
  class_name: 'Functional',
  config: {
    layers: [
      { class_name: 'InputLayer', config: { name: 'input', batch_input_shape: [null, 64, 96, 1] } },
      { class_name: 'Lambda', config: { name: 'ensure_rgb' } },
      { class_name: 'Functional', config: { name: NESTED } },
      { class_name: 'Conv2D', config: { name: HEAD } },
    ],
  },
};

const build = (encoder: Encoder, seed: number | null, decoderFilters = 4) =>
  buildNetwork({
    backbone: backbone('pretrained_encoder', { encoder, decoder_filters: decoderFilters }),
    headsOutputStride: 4,
    inputShape: [null, null, 1],
    keypoints: 3,
    seed,
    preprocessing: 'sleap',
  });

interface Weight {
  path: string;
  shape: number[];
  data: Float32Array;
}

/** Everything that is trained first, then the statistics of all; the head is a layer of its own. */
async function saveAsSleap(
  network: LayersModel,
  encoder: Encoder,
  path: string,
  change: (weight: Weight) => Weight = weight => weight,
): Promise<void> {
  const arrays = new Map((await readWeights(network)).map(array => [array.name, array]));
  const trained = new Set(trainableWeights(network).map(({ name }) => name));
  const first: Weight[] = [];
  const rest: Weight[] = [];
  const take = (layer: LayersModel['layers'][number], name: string) => {
    for (const weight of layer.weights) {
      const leaf = weight.originalName.split('/').at(-1)!;
      const own = `${layer.name}/${leaf}`;
      const { shape, data } = arrays.get(own)!;
      (trained.has(own) ? first : rest).push(change({ path: `${name}/${leaf}:0`, shape, data }));
    }
  };
  for (const { layer, name } of kerasLayers(network, encoder, 7)) take(layer, name);
  for (const layer of network.layers) if (/^(decoder_stage|center_block)/.test(layer.name)) take(layer, layer.name);
  const head = ['kernel', 'bias'].map(leaf => ({ path: `${HEAD}/${leaf}:0`, ...arrays.get(`${HEAD}/${leaf}`)! }));
  const layers = [
    { name: 'input', weights: [] },
    { name: NESTED, weights: [...first, ...rest] },
    { name: HEAD, weights: head },
  ];
  await writeWeightsFile(path, layers, 'model_weights');
}

/** Numbers of their own for every weight, statistics included. */
function scramble(network: LayersModel): void {
  for (const { weights } of network.layers.filter(({ name }) => !name.startsWith('imagenet_preproc')))
    for (const weight of weights) {
      const variable = weight.read() as tf.Variable;
      const numbers = Float32Array.from(randomBytes(variable.size), byte => byte / 256);
      tf.tidy(() => variable.assign(tf.tensor(numbers, variable.shape)));
    }
}

const bytesOf = ({ buffer }: Float32Array) => Buffer.from(buffer);

describe('a pretrained encoder saved by SLEAP', () => {
  it.each(['mobilenetv2', 'vgg16', 'seresnet18'] as const)('comes in whole: %s', async encoder => {
    const original = build(encoder, 1);
    scramble(original);
    const path = scratch.path('best_model.h5');
    await saveAsSleap(original, encoder, path);
    const copy = build(encoder, null);
    await fillIn(copy, { ...(await readKerasModel(path)), modelConfig: MODEL_CONFIG });
    const [own, theirs] = [await readWeights(copy), await readWeights(original)];
    const differing = own.filter(({ data }, i) => !bytesOf(data).equals(bytesOf(theirs[i]!.data)));
    expect(differing.map(({ name }) => name)).toEqual([]);
    original.dispose();
    copy.dispose();
  });

  it('with a single channel, as it is for gray images where it began with random numbers, gives the same maps', async () => {
    const original = build('resnet18', 1);
    // What gray images meet is the sum over three equal channels, each with the same normalisation.
    const normalisation = [0.3, 0.5, 2].map(value => tf.fill([3], value));
    original.getLayer('bn_data').setWeights(normalisation);
    const [kernel] = original.getLayer('conv0').getWeights();
    const sums = tf.tidy(() => Float32Array.from(tf.sum(kernel!, 2).dataSync()));
    const path = scratch.path('best_model.h5');
    await saveAsSleap(original, 'resnet18', path, weight => {
      if (weight.path.startsWith('bn_data/')) return { ...weight, shape: [1], data: weight.data.slice(0, 1) };
      return weight.path === 'conv0/kernel:0' ? { ...weight, shape: [7, 7, 1, 64], data: sums } : weight;
    });
    const copy = build('resnet18', null);
    await fillIn(copy, { ...(await readKerasModel(path)), modelConfig: MODEL_CONFIG });
    const images = tf.randomUniform([1, 64, 64, 1], 0, 1, 'float32', 3) as tf.Tensor4D;
    const [[own], [theirs]] = [runNetwork(copy, images), runNetwork(original, images)];
    const worst = tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(own!, theirs!))), tf.max(tf.abs(theirs!))));
    expect((await worst.data())[0]).toBeLessThan(1e-4);
    tf.dispose([images, own!, theirs!, worst, ...normalisation]);
    original.dispose();
    copy.dispose();
  });

  it('is refused beside a configuration of another encoder or another decoder', async () => {
    const original = build('mobilenetv2', 1);
    const path = scratch.path('best_model.h5');
    await saveAsSleap(original, 'mobilenetv2', path);
    original.dispose();
    const file = { ...(await readKerasModel(path)), modelConfig: MODEL_CONFIG };
    for (const other of [build('mobilenet', null), build('mobilenetv2', null, 8)]) {
      await expect(fillIn(other, file)).rejects.toMatchObject({
        code: 'model_invalid',
        message: expect.stringContaining('not of the network that the configuration beside it describes'),
      });
      other.dispose();
    }
  });
});
