/**
 * Every encoder against Keras's own (test/support/encoder-table.ts): each layer with weights, in the order of the published files, and the
 * features that the decoder reads. Numbers of whole networks were compared outside the suite.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { bottleneckOf } from '../../gpu-worker/model/backbones/pretrained-encoder.ts';
import { buildNetwork } from '../../gpu-worker/model/network.ts';
import { ENCODERS, type Encoder } from '../../src/contract/encoders.ts';
import { backbone } from '../support/backbone.ts';
import { ENCODER_FACTS, type EncoderFacts } from '../support/encoder-table.ts';
import { kerasLayers, lineOf } from '../support/keras-layers.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 1 });
});
expectNoTensorsLeft();

/** Lists of all layers, written down from the same packages; too large for the repository. */
const MANIFESTS = '../shared/reference/encoder-manifests';
const HEIGHT_PX = 64;
const WIDTH_PX = 96;

interface Manifest {
  order: ManifestLayer[];
}

interface ManifestLayer {
  name: string;
  /** Numbered by Keras. */
  auto?: boolean;
  cfg: { k?: number[]; s?: number; pad?: string; eps?: number; mom?: number; scale?: boolean };
  /** Name and shape of each weight. */
  w: [string, number[]][];
}

/** Without numbers in its weights. */
function build(encoder: Encoder): LayersModel {
  return buildNetwork({
    backbone: backbone('pretrained_encoder', { encoder, decoder_filters: 1 }),
    headsOutputStride: 1,
    inputShape: [HEIGHT_PX, WIDTH_PX, 3],
    keypoints: 1,
    seed: null,
  });
}

/** The features that come into the decoder from the side, from the coarsest. */
function tapsOf(network: LayersModel): SymbolicTensor[] {
  return [0, 1, 2, 3].map(i => (network.getLayer(`decoder_stage${i}_concat`).input as SymbolicTensor[])[1]!);
}

/** As in the table, where it names the layer. */
function nameOf({ sourceLayer, shape }: SymbolicTensor, expected: string): string {
  return `${expected.startsWith('*') ? '*' : sourceLayer.name} ${shape.at(-1)}`;
}

const stridesOf = ({ shape: [, height, width] }: SymbolicTensor) => [HEIGHT_PX / height!, WIDTH_PX / width!];

/** The line of keras-layers.ts. */
function lineOfManifest({ name, cfg, w }: ManifestLayer): string {
  const own = `${name} ${w.map(([, shape]) => shape.join('x')).join(' ')}`;
  if (cfg.eps !== undefined) return `${own} eps ${cfg.eps} mom ${cfg.mom}${cfg.scale ? '' : ' no scale'}`;
  return cfg.k!.join() === '1,1' ? `${own} /${cfg.s}` : `${own} /${cfg.s} ${cfg.pad}`;
}

describe.each(ENCODERS)('%s', encoder => {
  const expected: EncoderFacts = ENCODER_FACTS[encoder];

  it("has Keras's layers, shapes and constants in Keras's order", () => {
    const network = build(encoder);
    const layers = kerasLayers(network, encoder);
    const variables = [...new Set(layers.map(({ layer }) => layer))].flatMap(layer => layer.weights);
    const size = (weights: { shape: unknown }[]) =>
      weights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((product, side) => product * side, 1), 0);
    expect({
      layers: layers.length,
      tensors: layers.reduce((sum, { shapes }) => sum + shapes.length, 0),
      weights: size(variables),
      trainable: size(variables.filter(({ trainable }) => trainable)),
      digest: createHash('sha256').update(layers.map(lineOf).join('\n')).digest('hex').slice(0, 16),
    }).toEqual({
      layers: expected.layers,
      tensors: expected.tensors,
      weights: expected.weights,
      trainable: expected.trainable,
      digest: expected.digest,
    });
    network.dispose();
  });

  it('gives the decoder the features of each stride that segmentation_models chose', () => {
    const network = build(encoder);
    const [bottleneck, taps] = [bottleneckOf(network), tapsOf(network)];
    expect(nameOf(bottleneck, expected.bottleneck)).toBe(expected.bottleneck);
    expect(taps.map((tap, i) => nameOf(tap, expected.taps[i]!))).toEqual(expected.taps);
    expect([bottleneck, ...taps].map(stridesOf)).toEqual([32, 16, 8, 4, 2].map(stride => [stride, stride]));
    expect(network.layers.some(({ name }) => name.startsWith('center_'))).toBe(encoder.startsWith('vgg'));
    network.dispose();
  });
});

describe(`the lists of ${MANIFESTS}`, () => {
  // The others were read from the packages' own models.
  const listed = ENCODERS.filter(encoder => !/b[67]$/.test(encoder));
  it.skipIf(!existsSync(MANIFESTS)).each(listed)('agree line by line: %s', async encoder => {
    const { order } = JSON.parse(await readFile(`${MANIFESTS}/${encoder}.json`, 'utf8')) as Manifest;
    const network = build(encoder);
    expect(kerasLayers(network, encoder).map(lineOf)).toEqual(order.map(lineOfManifest));
    network.dispose();
  });
});

describe('efficientnetb0', () => {
  it('drops the later blocks more often, where they can be passed by', () => {
    const network = build('efficientnetb0');
    const rates = network.layers
      .filter(layer => layer.getClassName() === 'DropConnect')
      .map(layer => [layer.name, layer.getConfig().rate]);
    // Of Keras's model.
    expect(rates.map(([name, rate]) => [name, Math.round((rate as number) * 1e4) / 1e4])).toEqual([
      ['block2b_drop', 0.025],
      ['block3b_drop', 0.05],
      ['block4b_drop', 0.075],
      ['block4c_drop', 0.0875],
      ['block5b_drop', 0.1125],
      ['block5c_drop', 0.125],
      ['block6b_drop', 0.15],
      ['block6c_drop', 0.1625],
      ['block6d_drop', 0.175],
    ]);
    network.dispose();
  });
});
