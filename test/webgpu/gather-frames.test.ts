/** Frames gathered and augmented on the device, against those that the host makes (data/augment.ts). */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { changePixels, type FrameChange } from '../../gpu-worker/data/augment.ts';
import {
  changeNumbers,
  changesShape,
  gatherFrames,
  normalTable,
  wordsPerFrame,
} from '../../gpu-worker/kernels/webgpu/gather-frames.ts';
import { openGpu, poisoned } from '../support/gpu.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(openGpu);
expectNoTensorsLeft();

const AS_IT_IS: FrameChange = {
  ...{ flip: null, rotationDegrees: 0, scale: 1, translateXPx: 0, translateYPx: 0, gamma: 1, brightness: 0 },
  ...{ uniformNoise: null, gaussianNoise: null },
};
const CHANGES: [string, Partial<FrameChange>][] = [
  ['flipped', { flip: 'horizontal' }],
  ['flipped and shifted', { flip: 'vertical', translateXPx: 3, translateYPx: -2 }],
  ['rotated and scaled', { rotationDegrees: 33, scale: 1.2 }],
  ['of another contrast', { gamma: 0.6 }],
  ['brighter, up to white', { brightness: 70.5 }],
  ['with uniform noise', { uniformNoise: { least: -20, most: 40, seed: 3_000_000_000 } }],
  ['with gaussian noise', { gaussianNoise: { mean: 3, deviation: 12, seed: 77 } }],
  [
    'with everything',
    {
      ...{ flip: 'horizontal', rotationDegrees: -140, scale: 0.8, translateXPx: -4, gamma: 1.7, brightness: -9 },
      ...{ uniformNoise: { least: 0, most: 9, seed: 1 }, gaussianNoise: { mean: 0, deviation: 5, seed: 2 } },
    },
  ],
];
const FRAMES = 3;

describe.each([1, 3] as const)('frames of %i channels', channels => {
  // Odd sizes: a frame does not end with a word.
  const format = { widthPx: 23, heightPx: 15, channels };
  const size = 23 * 15 * channels;
  const frames = Array.from({ length: FRAMES }, (_, frame) =>
    Uint8Array.from({ length: size }, (_, i) => (i * (frame + 3) * 7 + (i >> 4) * 31) % 256),
  );

  it('are those of the host, whatever happens to them, but for a level in few pixels', async () => {
    const words = new Uint32Array(FRAMES * wordsPerFrame(format));
    for (const [i, data] of frames.entries()) new Uint8Array(words.buffer).set(data, 4 * i * wordsPerFrame(format));
    const planned = [
      { frame: 2, change: null, name: 'as it is' },
      ...CHANGES.map(([name, change], i) => ({ frame: i % FRAMES, change: { ...AS_IT_IS, ...change }, name })),
    ];
    const changes = new Uint32Array(changesShape(planned.length)[0] * changesShape(planned.length)[1]);
    for (const [place, { frame, change }] of planned.entries())
      changes.set(changeNumbers(frame, change, format), place * changesShape(1)[1]);
    const store = tf.tensor1d(new Int32Array(words.buffer), 'int32');
    const told = tf.tensor2d(new Int32Array(changes.buffer), changesShape(planned.length), 'int32');
    const normals = normalTable();
    const images = poisoned([[planned.length, 15, 23, channels]], () => gatherFrames(store, told, normals, format));
    const actual = await images.data<'float32'>();
    tf.dispose([store, told, normals, images]);
    for (const [place, { frame, change, name }] of planned.entries()) {
      const given = { ...format, data: frames[frame]! };
      const { data: expected } = change === null ? given : changePixels(given, change);
      const own = actual.subarray(place * size, (place + 1) * size);
      const levels = Array.from(own, value => Math.abs(value * 255 - Math.round(value * 255)));
      expect(Math.max(...levels), `${name}: whole levels`).toBeLessThan(1e-3);
      const apart = Array.from(own, (value, i) => Math.abs(Math.round(value * 255) - expected[i]!));
      expect(Math.max(...apart), name).toBeLessThanOrEqual(change === null ? 0 : 1);
      expect(apart.filter(difference => difference > 0).length / size, name).toBeLessThan(0.005);
    }
  });
});
