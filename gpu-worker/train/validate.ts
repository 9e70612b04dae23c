/**
 * How good the network is on frames as they are: the loss over their confidence maps, and where its peaks lie beside the labels.
 * One pass over every frame, never augmented, in batches that fit the device.
 */
import * as tf from '@tensorflow/tfjs-core';
import { rescale } from '../../src/contract/frame-geometry.ts';
import { USUAL_PEAKS } from '../../src/contract/global-peaks.ts';
import type { Evaluation } from '../../src/contract/metrics.ts';
import { ForwardPass } from '../infer/forward-pass.ts';
import { findPeaks } from '../infer/peaks.ts';
import { breathe } from '../task-context.ts';
import { evaluate } from './evaluation.ts';
import type { LabelledImages } from './example-plan.ts';
import { trainingLoss } from './loss.ts';
import type { Labelled } from './metrics.ts';
import type { FitEvents, Training } from './training.ts';

export interface Validation {
  /** Mean over the frames, whatever the size of the last batch. */
  loss: number;
  metrics: Evaluation;
  /** Labels and peaks of each frame, in original pixels. */
  results: Labelled[];
}

type Validated = Pick<Training, 'config' | 'keypoints' | 'network' | 'labelled' | 'examples' | 'microBatch'>;

/** @returns null when the training was asked to stop meanwhile. */
export async function validate(
  training: Validated,
  frames: readonly number[],
  events: Pick<FitEvents, 'report' | 'shouldStop'>,
): Promise<Validation | null> {
  const { config, keypoints, network, labelled, examples } = training;
  const batchSize = Math.min(config.batch_size, training.microBatch);
  const forward = new ForwardPass({ network, size: labelled.images, geometry: labelled.geometry });
  const results: Labelled[] = [];
  let lossSum = 0;
  events.report('validating', { done: 0, total: frames.length, unit: 'frames' });
  try {
    await forward.prepare(Math.min(batchSize, frames.length));
    for await (const batch of examples.validation(frames, batchSize)) {
      if (await events.shouldStop(async () => {})) return null;
      const chosen = frames.slice(results.length, results.length + batch.size);
      const stacks = forward.run(batch.levels) as tf.Tensor4D[];
      const loss = tf.tidy(() => trainingLoss(stacks, batch.targets(0, batch.size), config.hard_keypoint_mining));
      const options = { threshold: USUAL_PEAKS.threshold, outputStride: config.heads_output_stride };
      const [[mean], peaks] = await Promise.all([loss.data(), findPeaks(stacks.at(-1)!, options)]);
      tf.dispose([loss, ...stacks]);
      lossSum += mean! * chosen.length;
      for (const [i, frame] of chosen.entries()) {
        const numbers = 3 * keypoints.length;
        results.push(inFramePixels(labelled, frame, peaks.subarray(i * numbers, (i + 1) * numbers)));
      }
      events.report('validating', { done: results.length, total: frames.length, unit: 'frames' });
      await breathe();
    }
  } finally {
    forward.dispose();
  }
  return { loss: lossSum / frames.length, metrics: evaluate(keypoints, results), results };
}

/** @param peaks [K, 3] x, y, score in pixels of the network's input. */
function inFramePixels({ images, points, geometry }: LabelledImages, frame: number, peaks: Float32Array): Labelled {
  const own = images.scaleOf(frame);
  const factors = [1 / (geometry.scaleX * own), 1 / (geometry.scaleY * own)];
  const predicted = peaks.map((value, i) => (i % 3 === 2 ? value : rescale(value, factors[i % 3]!)));
  return { truth: points[frame]!, predicted };
}
