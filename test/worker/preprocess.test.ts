/** The way of a point: from a frame into the network's input and back again, for every size and scale. */
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import type { FrameSize } from '../../gpu-worker/data/resize.ts';
import { drawConfidenceMaps } from '../../gpu-worker/data/targets.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { findPeaks } from '../../gpu-worker/infer/peaks.ts';
import { Predictor } from '../../gpu-worker/infer/predict.ts';
import {
  fitFrames,
  type InputGeometry,
  inputGeometry,
  prepareFrames,
  rescale,
} from '../../gpu-worker/model/preprocess.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { makeBatch } from '../support/examples.ts';
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

describe('the geometry of the input', () => {
  it.each<[string, Case, Partial<InputGeometry>]>([
    ['takes a frame as it is', [square, square, 1, 16], { scaleX: 1, scaleY: 1, scaledWidthPx: 128, heightPx: 128 }],
    [
      'pads odd sizes up to multiples of max_stride',
      [size(101, 77), size(101, 77), 1, 8],
      { scaledWidthPx: 101, scaledHeightPx: 77, widthPx: 104, heightPx: 80 },
    ],
    [
      'halves odd sizes to whole pixels, and scales points as the frame was scaled',
      [size(101, 77), size(101, 77), 0.5, 8],
      { scaledWidthPx: 50, scaledHeightPx: 38, scaleX: 50 / 101, scaleY: 38 / 77, widthPx: 56, heightPx: 40 },
    ],
    ['does not lose a pixel to rounding', [size(100, 300), size(100, 300), 0.29, 1], { widthPx: 29, heightPx: 87 }],
    [
      'fits a larger video into the training size',
      [size(640, 480), size(128, 96), 0.5, 16],
      { scaleX: 0.1, scaleY: 0.1, scaledWidthPx: 64, scaledHeightPx: 48, widthPx: 64, heightPx: 48 },
    ],
    [
      'enlarges a smaller video to the training size',
      [size(64, 48), size(128, 96), 1, 32],
      { scaleX: 2, scaleY: 2, scaledWidthPx: 128, scaledHeightPx: 96, widthPx: 128, heightPx: 96 },
    ],
    [
      'keeps the aspect of a video of another shape and leaves the rest empty',
      [size(200, 100), square, 1, 8],
      { scaleX: 0.64, scaleY: 0.64, scaledWidthPx: 128, scaledHeightPx: 64, widthPx: 128, heightPx: 128 },
    ],
    ['leaves at least one pixel', [size(3, 900), size(3, 900), 0.1, 4], { scaledWidthPx: 1, widthPx: 4 }],
  ])('%s', (_, args, expected) => {
    expect(inputGeometry(...args)).toMatchObject(expected);
  });

  it('has one input for all frames of a network, which holds every scaled frame and is no larger than it must be', () => {
    const sides = fc.integer({ min: 1, max: 2000 });
    const sizes = fc.record({ widthPx: sides, heightPx: sides });
    const strides = fc.constantFrom(2, 4, 8, 16, 32, 64);
    fc.assert(
      fc.property(sizes, sizes, fc.double({ min: 0.05, max: 4, noNaN: true }), strides, (frame, trained, s, stride) => {
        const own = inputGeometry(trained, trained, s, stride);
        const other = inputGeometry(frame, trained, s, stride);
        expect([other.widthPx, other.heightPx]).toEqual([own.widthPx, own.heightPx]);
        expect(own.widthPx % stride).toBe(0);
        expect(own.heightPx % stride).toBe(0);
        expect(own.widthPx - own.scaledWidthPx).toBeLessThan(stride);
        for (const { scaledWidthPx, scaledHeightPx } of [own, other]) {
          expect(Math.min(scaledWidthPx, scaledHeightPx)).toBeGreaterThanOrEqual(1);
          expect(scaledWidthPx).toBeLessThanOrEqual(own.widthPx);
          expect(scaledHeightPx).toBeLessThanOrEqual(own.heightPx);
        }
      }),
    );
  });
});

async function prepare(frames: Uint8Array, frame: FrameSize, channels: 1 | 3, geometry: InputGeometry) {
  const tensor = prepareFrames(frames, { ...frame, channels }, geometry);
  const prepared = { shape: tensor.shape, data: await tensor.data() };
  tensor.dispose();
  return prepared;
}

describe('prepared frames', () => {
  it('are levels over 255, frame by frame, with zeros at the bottom and the right', async () => {
    const frame = size(3, 2);
    const levels = Uint8Array.from({ length: 2 * 6 * 3 }, (_, i) => (i * 67 + 255) % 256);
    const { shape, data } = await prepare(levels, frame, 3, inputGeometry(frame, frame, 1, 4));
    expect(shape).toEqual([2, 4, 4, 3]);
    for (let b = 0; b < 2; b++) {
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) {
          for (let c = 0; c < 3; c++) {
            const inside = y < 2 && x < 3;
            const expected = inside ? levels[((b * 2 + y) * 3 + x) * 3 + c]! / 255 : 0;
            expect(data[((b * 4 + y) * 4 + x) * 3 + c]).toBeCloseTo(expected, 6);
          }
        }
      }
    }
  });

  it('are resized as tf.image.resize does: half-pixel centres, no smoothing', async () => {
    const line = Uint8Array.of(0, 51, 102, 255, 153, 0);
    const half = await prepare(line, size(6, 1), 1, inputGeometry(size(6, 1), size(6, 1), 0.5, 1));
    expect(half.shape).toEqual([1, 1, 3, 1]);
    for (const [i, level] of [25.5, 178.5, 76.5].entries()) expect(half.data[i]).toBeCloseTo(level / 255, 6);
    const twice = await prepare(line.subarray(0, 2), size(2, 1), 1, inputGeometry(size(2, 1), size(4, 2), 1, 1));
    expect(twice.shape).toEqual([1, 2, 4, 1]);
    for (const [i, level] of [0, 12.75, 38.25, 51].entries()) expect(twice.data[i]).toBeCloseTo(level / 255, 6);
  });

  it('smaller than the input are not stretched: a frame of another shape leaves its rest empty', async () => {
    const frame = size(8, 4);
    const white = new Uint8Array(32).fill(255);
    const { shape, data } = await prepare(white, frame, 1, inputGeometry(frame, size(4, 4), 1, 4));
    expect(shape).toEqual([1, 4, 4, 1]);
    expect([...data]).toEqual([...new Array(8).fill(1), ...new Array(8).fill(0)]);
  });
});

describe('frames prepared in one pass', () => {
  it.each<[frame: FrameSize, channels: 1 | 3, batch: number, Case]>(
    [
      [size(64, 48), 1, 2, 1, 16],
      [size(37, 19), 3, 3, 1, 32],
      [size(1024, 1024), 1, 1, 0.5, 16],
      [size(1280, 1024), 3, 1, 0.75, 16],
      [size(1921, 33), 1, 2, 0.37, 8],
      [size(101, 77), 3, 2, 1.7, 8],
      [size(1, 9), 1, 5, 0.5, 4],
      [size(15, 1), 3, 1, 3, 4],
      [size(1, 1), 1, 3, 1, 2],
    ].map(([frame, channels, batch, ...rest]) => [frame, channels, batch, [frame, frame, ...rest]] as never),
  )(
    'are those of TensorFlow.js, divided, resized and padded one after another: %o, %d channels, batch %d',
    async (frame, channels, batch, route) => {
      const geometry = inputGeometry(...route);
      const shape: [number, number, number, number] = [batch, frame.heightPx, frame.widthPx, channels];
      const levels = Uint8Array.from(
        { length: tf.util.sizeFromShape(shape) },
        (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24,
      );
      const expected = tf.tidy(() => fitFrames(tf.div(tf.tensor4d(Float32Array.from(levels), shape), 255), geometry));
      const seen = onDirtyHeap([expected.shape], () => prepareFrames(levels, { ...frame, channels }, geometry));
      expect(seen.shape).toEqual(expected.shape);
      expect(tf.tidy(() => tf.max(tf.abs(tf.sub(seen, expected))).dataSync()[0])).toBeLessThan(1e-6);
      tf.dispose([seen, expected]);
    },
  );

  it('are refused where the last one is not whole', () => {
    const geometry = inputGeometry(square, square, 1, 16);
    expect(() => prepareFrames(new Uint8Array(128 * 128 + 1), { ...square, channels: 1 }, geometry)).toThrow('whole');
  });
});

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
