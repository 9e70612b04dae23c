/**
 * What a training leaves in the blob store: weights alone (the best), or everything it needs to go on (the checkpoint).
 * Both are safetensors files; the state that is not tensors is JSON in their metadata.
 */
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import { namedWeights, restoreWeights } from '../model/network.ts';
import { decodeMetadata, decodeTensors, encodeTensors } from '../model/weights.ts';
import type { Training } from './fit.ts';
import { EarlyStopping, ReduceLrOnPlateau } from './schedule.ts';

/** Itself and the optimiser's m, v and vhat. */
const TENSORS_PER_WEIGHT = 4;

const stateSchema = z.object({
  nextEpoch: z.number().int(),
  /** True when the epoch before was the last: only the closing evaluation is missing. */
  finished: z.boolean(),
  bestValLoss: z.number(),
  learningRate: z.number(),
  optimizerStep: z.number().int(),
  plateau: z.object({ best: z.number().nullable(), wait: z.number(), cooldown: z.number() }),
  stopping: z.object({ best: z.number().nullable(), wait: z.number(), epochs: z.number() }),
});

type State = z.infer<typeof stateSchema>;
export type CheckpointState = Pick<State, 'nextEpoch' | 'finished' | 'bestValLoss'>;

/** The network's weights alone. */
export function encodeWeights(training: Pick<Training, 'network'>): Promise<Uint8Array> {
  return encodeTensors(namedWeights(training.network));
}

/** Weights, optimiser, schedule and position. */
export async function encodeCheckpoint(training: Training, state: CheckpointState): Promise<Uint8Array> {
  const optimizer = await training.optimizer.state();
  const everything: State = {
    ...state,
    learningRate: training.optimizer.learningRate,
    optimizerStep: optimizer.step,
    plateau: training.schedule.state,
    stopping: training.stopping.state,
  };
  return encodeTensors([...namedWeights(training.network), ...optimizer.slots], {
    training: JSON.stringify(everything),
  });
}

/** Puts a training where its checkpoint was made. @throws AppError checkpoint_invalid; the training is then unchanged. */
export function restoreCheckpoint(training: Training, bytes: Uint8Array): CheckpointState {
  const state = decodeState(bytes);
  const arrays = decodeTensors(bytes);
  // All of a smaller network may be found in the checkpoint of a larger one.
  if (arrays.length !== TENSORS_PER_WEIGHT * namedWeights(training.network).length)
    throw new AppError('checkpoint_invalid', 'The checkpoint belongs to a network with more or fewer weights.');
  restoreWeights(training.network, arrays);
  training.optimizer.restore({ step: state.optimizerStep, slots: arrays });
  training.optimizer.setLearningRate(state.learningRate);
  training.schedule = new ReduceLrOnPlateau(training.config.learning_rate_schedule, state.plateau);
  training.stopping = new EarlyStopping(training.config.early_stopping, state.stopping);
  training.firstEpoch = state.nextEpoch;
  training.bestValLoss = state.bestValLoss;
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
