/** A training step and an inference of a U-Net on the active backend, through the code that the worker runs. */
import * as tf from '@tensorflow/tfjs-core';
import { type NamedVariable, runNetwork, trainableWeights } from '../../../gpu-worker/model/network.ts';
import type { AmsGrad } from '../../../gpu-worker/train/amsgrad.ts';
import { Batch } from '../../../gpu-worker/train/examples.ts';
import { trainStep } from '../../../gpu-worker/train/step.ts';
import { stockNetwork } from '../stock-network.ts';
import { UNET_CASES, type UNetName } from '../unet-cases.ts';
import { trainingOf } from '../unet-training.ts';
import { type KernelShare, profileOf, timeOf } from './timing.ts';

export type What = 'train' | 'infer';

export interface StepRow {
  what: What;
  case: UNetName;
  batch: number;
  ms: number;
  /** The fastest; not every peer tells. */
  best_ms?: number;
  profile?: KernelShare[];
}

export interface StepOptions {
  seconds: number;
  profile: boolean;
  /** Instead of the one that the worker trains with. */
  optimizerOf?: (variables: NamedVariable[]) => Optimizer;
}

type Optimizer = Pick<AmsGrad, 'apply' | 'dispose'>;

const PROFILED_RUNS = 10;

/** @param layers of which the network is made; only ours can be trained. */
export async function measureStep(
  what: What,
  name: UNetName,
  batch: number,
  { seconds, profile, optimizerOf }: StepOptions,
  layers: 'ours' | 'stock' = 'ours',
): Promise<StepRow> {
  const { once, dispose } = what === 'train' ? training(name, batch, optimizerOf) : inference(name, batch, layers);
  const row: StepRow = { what, case: name, batch, ...(await timeOf(once, seconds)) };
  if (profile) row.profile = await profileOf(once, PROFILED_RUNS);
  dispose();
  return row;
}

/** From the frames' levels to the changed weights. */
function training(name: UNetName, batchSize: number, optimizerOf?: StepOptions['optimizerOf']) {
  const { network, optimizer: own, labelled, config } = trainingOf(UNET_CASES[name], batchSize, 'fp32');
  const optimizer = optimizerOf?.(trainableWeights(network)) ?? own;
  const { heightPx, widthPx, channels } = UNET_CASES[name];
  const levels = new Uint8Array(batchSize * heightPx * widthPx * channels).map((_, i) => (i * 7) % 251);
  const batch = new Batch(labelled, levels, labelled.points.slice(0, batchSize));
  const stepper = { config, network, optimizer, microBatch: batchSize };
  return {
    once: () => trainStep(stepper, batch, async () => {}),
    dispose: () => {
      optimizer.dispose();
      if (optimizer !== own) own.dispose();
      network.dispose();
    },
  };
}

/** From images in [0, 1] to maps on the host. */
function inference(name: UNetName, batch: number, layers: 'ours' | 'stock') {
  const given = UNET_CASES[name];
  const network = layers === 'stock' ? stockNetwork(given) : trainingOf(given, batch, 'fp32').network;
  const images = tf.randomUniform<tf.Rank.R4>([batch, given.heightPx, given.widthPx, given.channels]);
  return {
    once: async () => {
      const [maps] = tf.tidy(() => runNetwork(network, images));
      await maps!.data();
      maps!.dispose();
    },
    dispose: () => {
      images.dispose();
      network.dispose();
    },
  };
}
