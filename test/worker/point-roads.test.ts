/** The way of a point: from a frame into the network's input and back again, for every size and scale. */
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { drawConfidenceMaps } from '../../gpu-worker/data/targets.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { findPeaks } from '../../gpu-worker/infer/peaks.ts';
import { Predictor } from '../../gpu-worker/infer/predict.ts';
import { type FrameSize, inputGeometry, rescale } from '../../src/contract/frame-geometry.ts';
import { makeBatch } from '../support/examples.ts';
import { prepare } from '../support/prepared-frames.ts';
import { scratchFolder } from '../support/scratch.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

const scratch = scratchFolder();
expectNoTensorsLeft();

const size = (widthPx: number, heightPx: number): FrameSize => ({ widthPx, heightPx });
/** [frame, training images, input_scaling, max_stride] */
type Case = [FrameSize, FrameSize, number, number];
const square = size(128, 128);

const ROUTES: Case[] = [
  [square, square, 1, 16],
  [size(201, 151), size(201, 151), 1, 16],
  [size(201, 151), size(201, 151), 0.5, 8],
  [size(201, 151), size(201, 151), 0.33, 16],
  [size(333, 251), size(128, 96), 1, 8],
  [size(333, 251), size(128, 96), 0.5, 8],
  [size(640, 480), square, 1, 8],
  [size(90, 70), size(128, 96), 1, 8],
  [size(90, 70), size(128, 96), 0.33, 8],
];
const named = ROUTES.map(route => {
  const [frame, trained, inputScaling] = route;
  const text = `${frame.widthPx} × ${frame.heightPx} into ${trained.widthPx} × ${trained.heightPx} at ${inputScaling}`;
  return [text, route] as const;
});

/** Places near the corners and in the middle, `margin` pixels inside. */
function* places({ widthPx, heightPx }: FrameSize, margin: number): Generator<[number, number]> {
  for (const x of [margin, widthPx / 2, widthPx - 1 - margin]) {
    for (const y of [margin, heightPx / 2, heightPx - 1 - margin]) yield [x, y];
  }
}

/** A black frame with one Gaussian spot. */
function dot({ widthPx, heightPx }: FrameSize, [x, y]: [number, number], spreadPx: number): Uint8Array {
  return Uint8Array.from({ length: widthPx * heightPx }, (_, i) => {
    const [dx, dy] = [(i % widthPx) - x, Math.floor(i / widthPx) - y];
    return Math.round(255 * Math.exp(-(dx * dx + dy * dy) / (2 * spreadPx * spreadPx)));
  });
}

describe('a bright dot', () => {
  it.each(named)('comes back to within 0.06 px, wherever it is: %s', async (_, route) => {
    const [frame] = route;
    const geometry = inputGeometry(...route);
    const { scaleX, scaleY, widthPx, heightPx } = geometry;
    const spreadPx = 1.3 / Math.min(1, scaleX, scaleY);
    for (const [x, y] of places(frame, Math.ceil(3.5 * spreadPx))) {
      const { data } = await prepare(dot(frame, [x, y], spreadPx), frame, 1, geometry);
      let [sum, sumX, sumY] = [0, 0, 0];
      for (let row = 0, i = 0; row < heightPx; row++) {
        for (let column = 0; column < widthPx; column++, i++) {
          sum += data[i]!;
          sumX += data[i]! * column;
          sumY += data[i]! * row;
        }
      }
      expect(Math.abs(rescale(sumX / sum, 1 / scaleX) - x)).toBeLessThan(0.06);
      expect(Math.abs(rescale(sumY / sum, 1 / scaleY) - y)).toBeLessThan(0.06);
    }
  });
});

describe('a labelled point', () => {
  it.each(named)('is drawn where its pixel went and found there again, with no bias: %s', async (_, route) => {
    const { scaleX, scaleY, widthPx, heightPx } = inputGeometry(...route);
    for (const stride of [1, 2, 4]) {
      // Every tenth of a pixel of the map, once along x and once along y; those at 0 lie on the grid.
      const tenths = Array.from({ length: 20 }, (_, i) => i / 10);
      const onMap = [...tenths.map(t => [5 + t, 4]), ...tenths.map(t => [6, 3 + t])] as [number, number][];
      const labels = onMap.map(([x, y]) => [rescale(x * stride, 1 / scaleX), rescale(y * stride, 1 / scaleY)] as const);
      const shape: [number, number, number, number] = [1, heightPx / stride, widthPx / stride, labels.length];
      const maps = new Float32Array(shape[1] * shape[2] * shape[3]);
      const scaled = Float32Array.from(labels.flatMap(([x, y]) => [rescale(x, scaleX), rescale(y, scaleY)]));
      drawConfidenceMaps(scaled, { heightPx, widthPx, stride, sigma: 0.8 }, maps);
      const tensor = tf.tensor4d(maps, shape);
      const peaks = await findPeaks(tensor, { threshold: 0.2, outputStride: stride });
      tensor.dispose();

      // In pixels of the map.
      const errors = labels.map(([x, y], k) => [
        ((rescale(peaks[3 * k]!, 1 / scaleX) - x) * scaleX) / stride,
        ((rescale(peaks[3 * k + 1]!, 1 / scaleY) - y) * scaleY) / stride,
      ]);
      onMap.forEach((place, k) => {
        // What the 5x5 patch cuts off the flanks of the Gaussian is 4 % at most, and nothing for a point on the grid.
        const most = place.every(Number.isInteger) ? 1e-4 : 0.04;
        for (const error of errors[k]!) expect(Math.abs(error)).toBeLessThan(most);
      });
      for (const axis of [0, 1]) {
        const bias = errors.reduce((sum, error) => sum + error[axis]!, 0) / errors.length;
        expect(Math.abs(bias)).toBeLessThan(0.004);
      }
    }
  });
});

describe('training examples', () => {
  it('have their peaks where the points are, for images of mixed odd sizes, in the order asked for', async () => {
    const sizes = [size(101, 77), size(60, 33), size(101, 60)];
    const paths = sizes.map((_, i) => scratch.path(`${i}.png`));
    for (const [i, { widthPx: width, heightPx: height }] of sizes.entries()) {
      const black = { width, height, channels: 3, background: 'black' } as const;
      await sharp({ create: black }).png().toFile(paths[i]!);
    }
    const images = await TrainingImages.open(paths, { cacheBytes: 0, maxSidePx: 200, onRead: () => {} });
    const points = sizes.map(({ widthPx, heightPx }, i) =>
      Float32Array.of(widthPx * 0.7, heightPx * 0.6, Number.NaN, Number.NaN, 20 + i, 15),
    );
    const geometry = inputGeometry(images, images, 0.5, 8);
    const order = [2, 0, 1];
    const batch = await makeBatch({ images, points, geometry, stride: 2, sigma: 0.8 }, order, null, 0);
    const { images: frames, maps } = batch.examples(0, batch.size);
    expect(frames.shape).toEqual([3, 40, 56, 1]);
    expect(maps.shape).toEqual([3, 20, 28, 3]);
    const peaks = await findPeaks(maps, { threshold: 0.2, outputStride: 2 });
    tf.dispose([frames, maps]);
    for (const [b, frame] of order.entries()) {
      for (let k = 0; k < 3; k++) {
        const [x, y] = points[frame]!.subarray(2 * k, 2 * k + 2);
        const [foundX, foundY] = peaks.subarray(9 * b + 3 * k, 9 * b + 3 * k + 2);
        if (Number.isNaN(x)) {
          expect([foundX, foundY]).toEqual([Number.NaN, Number.NaN]);
          continue;
        }
        // What runTraining does with the predictor's answer: both resizes are taken back.
        const own = images.scaleOf(frame);
        expect(Math.abs(rescale(rescale(foundX!, 1 / geometry.scaleX), 1 / own) - x!)).toBeLessThan(0.2);
        expect(Math.abs(rescale(rescale(foundY!, 1 / geometry.scaleY), 1 / own) - y!)).toBeLessThan(0.2);
      }
    }
  });
});

describe('the predictor', () => {
  it.each(named)('gives places in pixels of the video: %s', async (_, route) => {
    const [frame, trained, inputScaling, maxStride] = route;
    const geometry = inputGeometry(...route);
    const spreadPx = 1 / Math.min(1, geometry.scaleX, geometry.scaleY);
    const truth = [...places(frame, Math.ceil(3.5 * spreadPx))];
    // A network whose one map is its input: the brightest place is the peak.
    const image = input({ shape: [geometry.heightPx, geometry.widthPx, 1] });
    const network = model({
      inputs: image,
      outputs: layers.activation({ activation: 'linear' }).apply(image) as SymbolicTensor,
    });
    const predictor = new Predictor(network, {
      trained: { ...trained, channels: 1 },
      frame,
      config: {
        input_scaling: inputScaling,
        heads_output_stride: 1,
        backbone_config: { max_stride: maxStride },
      },
      settings: { peak_threshold: 0.2, refinement: 'integral', integral_patch_size: 5, batch_size: truth.length },
      arithmetic: 'fp32',
    });
    await predictor.prepare();
    const predicted = await predictor.predict(
      Uint8Array.from(truth.flatMap(place => [...dot(frame, place, spreadPx)])),
    );
    predictor.dispose();
    network.dispose();
    expect(predicted).toHaveLength(3 * truth.length);
    truth.forEach(([x, y], b) => {
      expect(Math.abs(predicted[3 * b]! - x)).toBeLessThan(0.25 / geometry.scaleX);
      expect(Math.abs(predicted[3 * b + 1]! - y)).toBeLessThan(0.25 / geometry.scaleY);
      expect(predicted[3 * b + 2]).toBeGreaterThan(0.7);
    });
  });
});
