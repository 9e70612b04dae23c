/**
 * What the browser needs of a model: model.json and config.json, which are small and tell how large the rest is, and weights.bin, which is
 * asked for once the reader wants it. Leaves out: groups of weights in several files, which the service does not write.
 */
import type { NetworkInput } from '../../src/contract/network-input.ts';
import type { PortableModel } from '../../src/contract/portable-model.ts';
import { requests } from '../api/client.ts';
import type { NetworkFiles } from './engine-messages.ts';

const BYTES_PER_WEIGHT = 4;
/** Above it a browser takes long and may run out of memory. */
export const LARGE_BYTES = 200e6;

/** A model before its weights are here. */
export interface ModelOffer {
  uid: string;
  /** Of weights.bin. */
  bytes: number;
  keypoints: readonly string[];
  edges: readonly (readonly [number, number])[];
  trained: Pick<NetworkInput, 'channels' | 'widthPx' | 'heightPx'>;
  files: Omit<NetworkFiles, 'weights'>;
}

interface ModelJson {
  modelTopology: object;
  weightsManifest: { weights: NetworkFiles['weightSpecs'] }[];
}

/** @throws SleapError, among others when TensorFlow.js has no layers for this network. */
export async function offerOf(uid: string, signal: AbortSignal): Promise<ModelOffer> {
  const file = (name: string) => ({ path: pathOf(uid, name), signal });
  const [json, own] = await Promise.all([
    requests.json<ModelJson>(file('model.json')),
    requests.json<PortableModel>(file('config.json')),
  ]);
  const weightSpecs = json.weightsManifest.flatMap(({ weights }) => weights);
  const { keypoints, edges } = own.skeleton;
  const { channels, width_px: widthPx, height_px: heightPx } = own.network_input;
  const trained = { channels, widthPx, heightPx };
  // config.json has every setting filled in, checked by the service before the training began.
  const config = own.training_config as unknown as NetworkFiles['config'];
  return {
    ...{ uid, keypoints, edges, trained },
    bytes: BYTES_PER_WEIGHT * weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    files: { topology: json.modelTopology, weightSpecs, keypoints: keypoints.length, trained, config },
  };
}

/** Downloads the weights. @param report told how many bytes are here. @throws SleapError; the signal's reason. */
export async function downloadWeights(
  { uid, bytes }: ModelOffer,
  report: (doneBytes: number) => void,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const response = await requests.answer({ path: pathOf(uid, 'weights.bin'), signal });
  const weights = new Uint8Array(bytes);
  let done = 0;
  for await (const piece of response.body!) {
    if (done + piece.length > bytes)
      throw new RangeError(`weights.bin is longer than the ${bytes} bytes of model.json.`);
    weights.set(piece, done);
    done += piece.length;
    report(done);
  }
  if (done < bytes) throw new RangeError(`weights.bin ended after ${done} of ${bytes} bytes.`);
  return weights.buffer;
}

function pathOf(uid: string, name: string): string {
  return `/api/models/${encodeURIComponent(uid)}/files/${name}`;
}
