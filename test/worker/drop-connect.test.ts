/** Blocks that are dropped for single frames while training: which, how, by what numbers, and the same ones however a batch is cut. */
import * as tf from '@tensorflow/tfjs-core';
import { input, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { LayerKit } from '../../gpu-worker/model/layer-kit.ts';
import { DropConnect } from '../../gpu-worker/model/layers/drop-connect.ts';
import { buildNetwork, runNetwork } from '../../gpu-worker/model/network.ts';
import { type DropNumbers, dropNumbers, dropNumbersOf } from '../../gpu-worker/train/drop-numbers.ts';
import { trainStep } from '../../gpu-worker/train/step.ts';
import { backbone } from '../support/backbone.ts';
import { makeBatch } from '../support/examples.ts';
import { useTinyTrainings } from '../support/tiny-training.ts';

const makeTraining = useTinyTrainings();

/** Three convolutions, two of which can be dropped, with the maps of a tiny training. */
function network(rates: [number, number] = [0.4, 0.6]): LayersModel {
  const kit = new LayerKit(3);
  const image = input({ shape: [null, null, 1], name: 'input' });
  let x: SymbolicTensor = kit.conv(image, 'stem', { filters: 3, strides: 2 });
  for (const [i, rate] of rates.entries())
    x = kit.add([kit.dropConnect(kit.conv(x, `c${i}`, { filters: 3 }), `drop${i}`, rate), x], `add${i}`);
  return model({ inputs: image, outputs: kit.conv(x, 'head', { filters: 2 }) });
}

const made = (rate: number, row = 0) => new DropConnect({ name: 'drop', rate, row });
/** Frames of one number each. */
const frames = (...values: number[]) => tf.tensor4d(values, [values.length, 1, 1, 1]);
const run = (layer: DropConnect, x: tf.Tensor, kwargs: Parameters<DropConnect['call']>[1]) =>
  tf.tidy(() => layer.apply(x, kwargs) as tf.Tensor);

describe('a layer', () => {
  it('drops the frames whose number is below its rate, and divides the others by what is left', async () => {
    const [x, numbers] = [frames(1, 2, -3, 4, 5), tf.tensor2d([[0.1, 0.24, 0.26, 0.9, 0]])];
    const y = run(made(0.25), x, { training: true, dropNumbers: numbers });
    expect([...(await y.data())]).toEqual([0, 0, -4, Math.fround(16 / 3), 0]);
    tf.dispose([x, numbers, y]);
  });

  it('drops all pixels and channels of a frame, or none', async () => {
    const x = tf.ones([2, 3, 4, 5]);
    const numbers = tf.tensor2d([[0.9, 0.1]]);
    const y = run(made(0.5), x, { training: true, dropNumbers: numbers });
    expect([...(await y.data())]).toEqual([...Array(60).fill(2), ...Array(60).fill(0)]);
    tf.dispose([x, numbers, y]);
  });

  it('takes the numbers of its own row', async () => {
    const [x, numbers] = [
      frames(1, 1),
      tf.tensor2d([
        [0, 0.9],
        [0.9, 0],
      ]),
    ];
    const [first, second] = [0, 1].map(row => run(made(0.5, row), x, { training: true, dropNumbers: numbers }));
    expect([...(await first!.data())]).toEqual([0, 2]);
    expect([...(await second!.data())]).toEqual([2, 0]);
    tf.dispose([x, numbers, first!, second!]);
  });

  it('sends a gradient through the frames that it kept only', async () => {
    const [x, numbers, dy] = [frames(1, 2, 3), tf.tensor2d([[0.1, 0.6, 0.9]]), frames(1, 10, 100)];
    const draw = (image: tf.Tensor) => made(0.5).apply(image, { training: true, dropNumbers: numbers }) as tf.Tensor;
    const dx = tf.grad(draw)(x, dy);
    expect([...(await dx.data())]).toEqual([0, 20, 200]);
    tf.dispose([x, numbers, dy, dx]);
  });

  it('drops nothing without numbers, and outside of training', async () => {
    const [x, numbers] = [frames(1, 2), tf.tensor2d([[0, 0]])];
    for (const kwargs of [{ training: true }, { training: true, dropNumbers: null }, { dropNumbers: numbers }]) {
      const y = run(made(0.5), x, kwargs);
      expect([...(await y.data())]).toEqual([1, 2]);
      y.dispose();
    }
    tf.dispose([x, numbers]);
  });
});

describe('a network', () => {
  it('hands every such layer its row, and passes the dropped block by', async () => {
    const whole = network();
    const images = tf.randomUniform<tf.Rank.R4>([2, 8, 8, 1], 0, 1, 'float32', 1);
    const numbers = tf.zeros<tf.Rank.R2>([2, 2]);
    const [all, none] = tf.tidy(() => [
      runNetwork(whole, images, { training: true, dropNumbers: numbers })[0]!,
      runNetwork(whole, images, { training: true })[0]!,
    ]) as [tf.Tensor, tf.Tensor];
    const bare = tf.tidy(() => {
      const apply = (name: string, x: tf.Tensor) => whole.getLayer(name).apply(x) as tf.Tensor;
      return apply('head', apply('stem', images));
    });
    expect(await all.data()).toEqual(await bare.data());
    expect(await none.data()).not.toEqual(await bare.data());
    tf.dispose([images, numbers, all, none, bare]);
    whole.dispose();
  });
});

describe('the numbers of a step', () => {
  const of = (network: LayersModel, seed: number, step: number, frames = 3) =>
    dropNumbers(network, { seed, step, frames })!;

  it('are the same again for a seed and a step, and others for another', () => {
    const some = network();
    expect(of(some, 7, 11)).toEqual(of(some, 7, 11));
    const { layers, frames, values } = of(some, 7, 11);
    expect([layers, frames, values.length]).toEqual([2, 3, 6]);
    expect(new Set([values, of(some, 7, 12).values, of(some, 8, 11).values].flatMap(each => [...each])).size).toBe(18);
    some.dispose();
  });

  it('drop as many frames as the rate says', () => {
    const some = network();
    const { values } = of(some, 1, 0, 10_000);
    expect(values.every(value => value >= 0 && value <= 1)).toBe(true);
    for (const [row, rate] of [0.025, 0.2, 0.675].entries())
      for (const half of [values.subarray(0, 10_000), values.subarray(10_000)])
        expect(Math.abs(half.filter(value => value < rate).length / 10_000 - rate), `row ${row}`).toBeLessThan(0.02);
    some.dispose();
  });

  it('are none for a network that drops nothing', () => {
    const plain = buildNetwork({
      backbone: backbone('unet', { filters: 2, max_stride: 2 }),
      headsOutputStride: 1,
      inputShape: [null, null, 1],
      keypoints: 1,
      seed: 1,
    });
    expect(dropNumbers(plain, { seed: 1, step: 0, frames: 2 })).toBe(null);
    plain.dispose();
  });

  it('go to the same frames when a batch is cut', () => {
    const whole: DropNumbers = { layers: 2, frames: 5, values: Float32Array.of(0, 1, 2, 3, 4, 10, 11, 12, 13, 14) };
    expect(dropNumbersOf(whole, 0, 2)).toEqual({ layers: 2, frames: 2, values: Float32Array.of(0, 1, 10, 11) });
    expect(dropNumbersOf(whole, 2, 5)).toEqual({
      layers: 2,
      frames: 3,
      values: Float32Array.of(2, 3, 4, 12, 13, 14),
    });
    expect(dropNumbersOf(whole, 0, 5)).toEqual(whole);
  });
});

describe('a training step', () => {
  it('drops the same frames in micro-batches as in one piece', async () => {
    const { config, labelled } = makeTraining();
    const own = network();
    const batch = await makeBatch(labelled, [0, 1, 2, 3, 4, 5], null, 0);
    const step = async (microBatch: number, drops: DropNumbers | null) => {
      const gradients: Record<string, Float32Array> = {};
      const apply = (made: Record<string, tf.Tensor>) => {
        for (const [name, gradient] of Object.entries(made)) gradients[name] = gradient.dataSync<'float32'>().slice();
      };
      const loss = await trainStep(
        { config, network: own, optimizer: { apply }, microBatch },
        batch,
        async () => {},
        drops,
      );
      return { loss, gradients };
    };
    const drops = dropNumbers(own, { seed: 1, step: 0, frames: 6 })!;
    const isDropped = [0.4, 0.6].map((rate, i) => [...drops.values.subarray(6 * i, 6 * i + 6)].map(n => n < rate));
    for (const row of isDropped) expect(new Set(row)).toEqual(new Set([true, false]));
    const whole = await step(6, drops);
    for (const microBatch of [4, 2, 1]) {
      const pieces = await step(microBatch, drops);
      expect(Math.abs(pieces.loss / whole.loss - 1)).toBeLessThan(1e-5);
      for (const [name, expected] of Object.entries(whole.gradients)) {
        const largest = Math.max(...expected.map(Math.abs));
        const worst = Math.max(...expected.map((value, i) => Math.abs(value - pieces.gradients[name]![i]!)));
        expect(worst / largest, name).toBeLessThan(1e-5);
      }
    }
    expect(Math.abs((await step(6, null)).loss / whole.loss - 1)).toBeGreaterThan(1e-3);
    own.dispose();
  });
});
