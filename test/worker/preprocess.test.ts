/** From frames to the network's input: its geometry, and the pixels. The way of a point is in point-roads.test.ts. */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { fitFrames, prepareFrames } from '../../gpu-worker/model/preprocess.ts';
import { type FrameSize, type InputGeometry, inputGeometry } from '../../src/contract/frame-geometry.ts';
import { onDirtyHeap } from '../support/dirty-heap.ts';
import { prepare } from '../support/prepared-frames.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 2 });
});

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
