/** A file that passes for MobileNet's published weights, which have no published hash. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork } from '../../gpu-worker/model/network.ts';
import { backbone } from './backbone.ts';
import { kerasLayers } from './keras-layers.ts';
import { writeWeightsFile } from './keras-weights-file.ts';

export const PUBLISHED_NAME = 'mobilenet_1_0_224_tf_no_top.h5';

/** Weights of MobileNet that can be told from random ones of the network. */
export async function mobilenetFile(): Promise<Buffer> {
  await openDevice('wasm', { threads: 2 });
  const network = buildNetwork({
    backbone: backbone('pretrained_encoder', { encoder: 'mobilenet', decoder_filters: 2 }),
    headsOutputStride: 8,
    inputShape: [null, null, 3],
    keypoints: 1,
    seed: 99,
  });
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-weights-'));
  const path = join(folder, PUBLISHED_NAME);
  const layers = kerasLayers(network, 'mobilenet').map(({ name, layer }) => ({
    name,
    weights: layer.weights.map(weight => {
      const leaf = weight.originalName.split('/').at(-1)!;
      const data = Float32Array.from((weight.read() as tf.Tensor).dataSync());
      return { path: `${name}/${leaf}:0`, shape: weight.shape as number[], data };
    }),
  }));
  network.dispose();
  try {
    await writeWeightsFile(path, layers);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}
