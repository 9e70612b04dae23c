/** Recorded inference: every batch, whatever its size, gives what the network gives when it is called as usual. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { ForwardPass } from '../../gpu-worker/infer/forward-pass.ts';
import { namedWeights, runNetwork } from '../../gpu-worker/model/network.ts';
import { prepareFrames } from '../../gpu-worker/model/preprocess.ts';
import { inputGeometry } from '../../src/contract/frame-geometry.ts';
import { openGpu } from '../support/gpu.ts';
import { relativeError } from '../support/relative-error.ts';
import { TINY_MAX_STRIDE, tinyNetwork } from '../support/tiny-network.ts';

const SIZE = { widthPx: 57, heightPx: 36, channels: 1 };
const KEYPOINTS = 3;

beforeAll(openGpu);
let network: LayersModel;
beforeEach(() => {
  network = tinyNetwork(KEYPOINTS);
});
afterEach(() => network.dispose());

/** Frames that are scaled and padded for the network: to the size of those of predictor.test.ts, whose shaders it so shares. */
const geometry = inputGeometry(SIZE, SIZE, 0.75, TINY_MAX_STRIDE);

function frames(count: number, seed: number): Uint8Array {
  return Uint8Array.from(
    { length: count * SIZE.widthPx * SIZE.heightPx },
    (_, i) => (Math.imul(i + seed, 2_654_435_761) >>> 24) & 255,
  );
}

async function expectAsUsual(pass: ForwardPass, batch: Uint8Array): Promise<void> {
  const usual = tf.tidy(() => runNetwork(network, prepareFrames(batch, SIZE, geometry)));
  const expected = await Promise.all(usual.map(maps => maps.data()));
  tf.dispose(usual);
  const stacks = pass.run(batch) as tf.Tensor4D[];
  expect(stacks.map(({ shape }) => shape)).toEqual(usual.map(({ shape }) => shape));
  for (const [i, maps] of stacks.entries()) expect(await relativeError(maps, expected[i]!)).toBeLessThan(1e-6);
  tf.dispose(stacks);
}

describe('a forward pass', () => {
  it('gives each batch its own maps, the smaller last one too', async () => {
    const pass = new ForwardPass({ network, size: SIZE, geometry });
    await pass.prepare(2);
    await pass.warmUp();
    for (const [seed, count] of [1, 2, 1, 2].entries()) await expectAsUsual(pass, frames(count, seed));
    pass.dispose();
  });

  it('is recorded anew for a larger batch, and follows weights that are restored meanwhile', async () => {
    const pass = new ForwardPass({ network, size: SIZE, geometry });
    await pass.prepare(1);
    await expectAsUsual(pass, frames(1, 1));
    expect(() => pass.run(frames(2, 2))).toThrow('prepared for 1 frames, not for 2');
    await pass.prepare(2);
    await expectAsUsual(pass, frames(2, 2));
    for (const { tensor } of namedWeights(network)) tf.tidy(() => tensor.assign(tf.mul(tensor, 1.5)));
    await expectAsUsual(pass, frames(2, 3));
    pass.dispose();
  });

  it('leaves neither tensors nor buffers behind', async () => {
    const held = () => ({
      tensors: tf.memory().numTensors,
      buffers: webGpuBackend().bufferManager.getNumUsedBuffers(),
    });
    // The network's weights come to the device with the first pass.
    const first = new ForwardPass({ network, size: SIZE, geometry });
    await first.prepare(1);
    await expectAsUsual(first, frames(1, 1));
    first.dispose();
    const counts = [];
    for (const count of [2, 2]) {
      const pass = new ForwardPass({ network, size: SIZE, geometry });
      await pass.prepare(count);
      await expectAsUsual(pass, frames(count, 1));
      await expectAsUsual(pass, frames(1, 1));
      pass.dispose();
      counts.push(held());
    }
    expect(counts[1]).toEqual(counts[0]);
  });
});
