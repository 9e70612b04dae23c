/**
 * What a training leaves in the blob store: weights alone (the best), or everything it needs to go on (the checkpoint).
 * Both are safetensors files; the state that is not tensors is JSON in their metadata.
 */

import { z } from 'zod';
import { stepsPerEpoch } from '../../src/contract/network-cost-training.ts';
import { AppError } from '../../src/errors.ts';
import { namedWeights, restoreWeights, trainableWeights } from '../model/network.ts';
import { decodeMetadata, decodeTensors, encodeTensors } from '../model/weights.ts';
import { EarlyStopping, ReduceLrOnPlateau } from './schedule.ts';
import type { Training } from './training.ts';

/** The optimiser's m, v and vhat. */
const SLOTS_PER_TRAINABLE_WEIGHT = 3;

const stateSchema = z.object({
  position: z.object({
    epoch: z.number().int(),
    step: z.number().int(),
    lossSum: z.number(),
    seconds: z.number(),
    stepsBefore: z.number().int(),
  }),
  /** Steps of the whole training, those of models it goes on from included. */
  stepsTaken: z.number().int(),
  /** True when the epoch before was the last: only the closing evaluation is missing. */
  finished: z.boolean(),
  /** null before the first epoch ended. */
  bestValLoss: z.number().nullable(),
  microBatch: z.number().int(),
  learningRate: z.number(),
  optimizerStep: z.number().int(),
  plateau: z.object({ best: z.number().nullable(), wait: z.number(), cooldown: z.number() }),
  stopping: z.object({ best: z.number().nullable(), wait: z.number(), epochs: z.number() }),
});
type State = z.infer<typeof stateSchema>;

/** The network's weights alone. */
export function encodeWeights(training: Pick<Training, 'network'>): Promise<Uint8Array> {
  return encodeTensors(namedWeights(training.network));
}

/** Weights, optimiser, schedule and position. */
export async function encodeCheckpoint(training: Training, { finished }: { finished: boolean }): Promise<Uint8Array> {
  const { network, optimizer, schedule, stopping, position, bestValLoss, microBatch } = training;
  const { step: optimizerStep, slots } = await optimizer.state();
  const state: State = {
    position,
    stepsTaken:
      position.stepsBefore +
      position.epoch * stepsPerEpoch(training.config, training.split.train.length) +
      position.step,
    finished,
    bestValLoss: Number.isFinite(bestValLoss) ? bestValLoss : null,
    microBatch,
    learningRate: optimizer.learningRate,
    optimizerStep,
    plateau: schedule.state,
    stopping: stopping.state,
  };
  return encodeTensors([...namedWeights(network), ...slots], { training: JSON.stringify(state) });
}

/**
 * Puts a training where its own checkpoint was made.
 * @returns whether only the closing evaluation is missing. @throws AppError checkpoint_invalid; the training is then unchanged.
 */
export function restoreCheckpoint(training: Training, bytes: Uint8Array): { finished: boolean } {
  const state = restoreOptimizer(training, bytes);
  training.optimizer.setLearningRate(state.learningRate);
  training.schedule = new ReduceLrOnPlateau(training.config.learning_rate_schedule, state.plateau);
  training.stopping = new EarlyStopping(training.config.early_stopping, state.stopping);
  training.position = state.position;
  training.bestValLoss = state.bestValLoss ?? Number.POSITIVE_INFINITY;
  training.microBatch = state.microBatch;
  return state;
}

/**
 * Lets a new training go on where another one ended: its last weights, its optimiser and its place in the order of frames. Learning rate,
 * schedule and epochs are the new one's. @throws AppError checkpoint_invalid; the training is then unchanged.
 */
export function continueFrom(training: Training, bytes: Uint8Array): void {
  const state = restoreOptimizer(training, bytes);
  training.position = { ...training.position, stepsBefore: state.stepsTaken };
}

function restoreOptimizer({ network, optimizer }: Training, bytes: Uint8Array): State {
  const state = decodeState(bytes);
  const arrays = decodeTensors(bytes);
  // All of a smaller network may be found in the checkpoint of a larger one.
  const slots = SLOTS_PER_TRAINABLE_WEIGHT * trainableWeights(network).length;
  if (arrays.length !== namedWeights(network).length + slots)
    throw new AppError('checkpoint_invalid', 'The checkpoint belongs to a network with more or fewer weights.');
  restoreWeights(network, arrays);
  optimizer.restore({ step: state.optimizerStep, slots: arrays });
  return state;
}

function decodeState(bytes: Uint8Array): State {
  const { training: text } = decodeMetadata(bytes);
  try {
    return stateSchema.parse(JSON.parse(text ?? 'null'));
  } catch (cause) {
    throw new AppError('checkpoint_invalid', 'The checkpoint holds no training state.', { cause });
  }
}
