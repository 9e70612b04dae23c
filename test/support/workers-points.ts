/** What the worker's own predictor finds on a picture with a model that it trained, for what another finds to be held against. */
import * as tf from '@tensorflow/tfjs-core';
import { withChannels } from '../../gpu-worker/data/stored-images.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { Predictor } from '../../gpu-worker/infer/predict.ts';
import { networkOf } from '../../gpu-worker/model/from-config.ts';
import { restoreWeights } from '../../gpu-worker/model/network.ts';
import type { PortableModel } from '../../src/contract/portable-model.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import type { roadOver } from './road.ts';

interface RgbPicture {
  widthPx: number;
  heightPx: number;
  data: Uint8Array;
}

/** What the worker's predictor finds in the same pixels, whatever the score. */
export async function workersPoints(
  { download }: ReturnType<typeof roadOver>,
  uid: string,
  { data: rgb, ...frame }: RgbPicture,
): Promise<number[][]> {
  await openDevice('wasm', { threads: 1 });
  const own: PortableModel = JSON.parse((await download(uid, 'config.json')).toString());
  const manifest = JSON.parse((await download(uid, 'model.json')).toString()).weightsManifest[0];
  const bytes = await download(uid, 'weights.bin');
  const config = trainingConfigSchema.parse(own.training_config);
  const network = networkOf(config, own.network_input, own.skeleton.keypoints.length, null);
  let offset = 0;
  restoreWeights(
    network,
    manifest.weights.map(({ name, shape }: { name: string; shape: number[] }) => {
      const data = new Float32Array(bytes.buffer, bytes.byteOffset + offset, tf.util.sizeFromShape(shape));
      offset += data.byteLength;
      return { name, shape, data };
    }),
  );
  const { channels, width_px: widthPx, height_px: heightPx } = own.network_input;
  const settings = { peak_threshold: 0, refinement: 'integral', integral_patch_size: 5, batch_size: 1 } as const;
  const trained = { channels, widthPx, heightPx };
  const predictor = new Predictor(network, { trained, frame, config, settings, arithmetic: 'fp32' });
  await predictor.prepare();
  const gray = withChannels({ ...frame, channels: 3, data: rgb }, channels).data;
  const points = await predictor.predict(gray);
  predictor.dispose();
  network.dispose();
  return own.skeleton.keypoints.map((_, k) => [...points.subarray(3 * k, 3 * k + 3)]);
}
