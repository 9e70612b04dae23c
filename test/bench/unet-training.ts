/** A training of one of the benches' U-Nets with nothing but what a step needs: frames made up, augmentation as by default. */
import { TrainingOrder } from '../../gpu-worker/data/order.ts';
import type { ImageFormat } from '../../gpu-worker/data/stored-images.ts';
import { buildNetwork, trainableWeights } from '../../gpu-worker/model/network.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { planBatch } from '../../gpu-worker/train/example-plan.ts';
import type { Training } from '../../gpu-worker/train/training.ts';
import { inputGeometry } from '../../src/contract/frame-geometry.ts';
import { type TrainingConfig, trainingConfigSchema } from '../../src/contract/training.ts';
import { backboneOf, type UNetCase } from './unet-cases.ts';

/** Labelled frames; a step takes its batch of them. */
const FRAMES = 16;

/** The caller disposes of its optimiser and its network. */
export function trainingOf(given: UNetCase, batch: number, precision: string) {
  const { heightPx, widthPx, channels, outputStride: stride, keypoints, maxStride } = given;
  const backbone = backboneOf(given);
  const network = buildNetwork({
    ...{ backbone, headsOutputStride: stride, keypoints, seed: 1 },
    inputShape: [heightPx, widthPx, channels],
  });
  const config: TrainingConfig = trainingConfigSchema.parse({
    ...{ test_fraction: 0.1, num_epochs: 1, learning_rate: 1e-4, heads_sigma: 2.5, heads_output_stride: stride },
    ...{ ...backbone, batch_size: batch, precision },
  });
  const format = { heightPx, widthPx, channels } as ImageFormat;
  const kept = Array.from({ length: FRAMES }, (_, frame) => {
    const levels = new Uint8Array(new SharedArrayBuffer(heightPx * widthPx * channels));
    for (let i = 0; i < levels.length; i++) levels[i] = ((i + frame) * 7) % 251;
    return levels;
  });
  const labelled: Training['labelled'] = {
    images: { ...format, scaleOf: () => 1, stored: { kept, paths: kept.map((_, i) => `${i}`), format, maxSidePx: 0 } },
    points: kept.map((_, frame) =>
      Float32Array.from({ length: 2 * keypoints }, (_, i) => 10 + ((i * 37 + frame * 11) % 100)),
    ),
    geometry: inputGeometry(format, format, 1, maxStride),
    ...{ stride, sigma: 2.5 },
  };
  const augmentation = { config: config.augmentation_config, flipPairs: [], seed: 1 };
  const order = new TrainingOrder([...kept.keys()], batch, augmentation.seed);
  const examples = { plan: (step: number) => planBatch(labelled, order.batch(step), augmentation, step) };
  const optimizer = new AmsGrad(trainableWeights(network), 1e-4);
  return { config, network, seed: 1, optimizer, labelled, examples };
}
