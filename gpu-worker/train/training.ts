/** What a training is made of, and what its loop tells and asks of the task around it. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Evaluation } from '../../src/contract/metrics.ts';
import type { EpochRow } from '../../src/contract/model.ts';
import type { Phase, Progress } from '../../src/contract/task.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import type { Split } from '../data/split.ts';
import type { AmsGrad } from './amsgrad.ts';
import type { LabelledImages } from './example-plan.ts';
import type { ExampleSource } from './example-source.ts';
import type { Labelled } from './metrics.ts';
import type { EarlyStopping, ReduceLrOnPlateau } from './schedule.ts';

export interface Training {
  config: TrainingConfig;
  /** Names, in the order of the maps. */
  keypoints: readonly string[];
  network: LayersModel;
  /** Unsigned 32-bit integer. */
  seed: number;
  optimizer: AmsGrad;
  schedule: ReduceLrOnPlateau;
  stopping: EarlyStopping;
  labelled: LabelledImages;
  /** Makes batches of them, ahead of the step. */
  examples: ExampleSource;
  split: Split;
  position: Position;
  /** Lowest val_loss so far; Infinity before the first epoch. */
  bestValLoss: number;
  /** Most frames that are computed at once: batch_size, unless memory ran out. */
  microBatch: number;
}

/** Where the loop stands. */
interface Position {
  epoch: number;
  /** Steps taken in this epoch. */
  step: number;
  /** Sum of their losses. */
  lossSum: number;
  /** Wall time they took. */
  seconds: number;
  /** Steps that a training this one goes on from had taken: the order of frames goes on too. */
  stepsBefore: number;
}

export interface FitEvents {
  report(phase: Phase, progress?: Progress): void;
  /**
   * True when the training should end with the weights it has; may throw to leave at once. Asked between two steps.
   * @param settle to be called before a look at the training: a step may be under way whose loss is not in `position` yet.
   */
  shouldStop(settle: () => Promise<void>): Promise<boolean>;
  /** Whether a checkpoint should be made now, in mid-epoch: no step is under way then. */
  checkpointDue(): boolean;
  checkpoint(): Promise<void>;
  /** Something worth a sentence in the task's log. */
  note(message: string): void;
  /** Memory ran out: batches are now computed in pieces of this many frames. */
  halved(microBatch: number): Promise<void>;
  /** Must be durable when it resolves. `last`: no further epoch will come. */
  epochEnded(row: EpochRow, validation: EpochValidation, now: { isBest: boolean; last: boolean }): Promise<void>;
}

/** What an epoch's weights reach on the validation frames. */
interface EpochValidation {
  metrics: Evaluation;
  /** Of each, in the order of the split. */
  results: readonly Labelled[];
}
