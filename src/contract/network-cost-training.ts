/**
 * What a training takes of a device: the memory of a step, into which pieces a batch falls that does not fit, and the work of all its epochs.
 *
 * Memory is weights, gradients and AMSGrad's three moments, and for every frame of a step what the layers write, HELD_PER_ACTIVATION times:
 * TensorFlow.js keeps the gradient of each activation until the end of the backward pass, beside the activation. What the factor was measured
 * at stands with it. Left out: the images of the dataset where they lie on the GPU (a quarter of GPU_MEMORY_MB at most, and only where they fit), the
 * driver's own, compiled kernels, and a device's limit on a single tensor.
 */
import { FLOAT_BYTES, type NetworkCost } from './network-cost.ts';
import type { TrainingConfig } from './training.ts';

/**
 * Bytes held at the peak of a step for each byte of activations: the most that was measured, so that an estimate is rather too large.
 *
 * Measured with small networks: on WebGPU 2.16 to 2.36 (the buffers of recorded steps on lavapipe, a driver for the CPU; float32 and mixed alike),
 * in the heap of the CPU backend 1.76 to 2.29. Whole steps took 0.96 to 0.99 of the estimate there, images and a table of noise of 0.3 MB aside, and 0.81 to
 * 0.96 here (test/worker/step-memory.test.ts). On a hardware GPU: not measured.
 */
const HELD_PER_ACTIVATION = 2.4;
/** Three moments and a gradient beside each trained number. */
const OPTIMISER_COPIES = 4;
/** What the CPU backend can hold at most. */
export const CPU_MEMORY_BYTES = 2 ** 32;

/** Frames by what a training uses them for. */
export interface FrameSplit {
  train: number;
  validation: number;
}

/**
 * At the peak of a training step.
 * @param frames that are computed at once: batch_size, or the pieces of a batch.
 * @param inPieces whether they are a piece: the sum of the gradients so far lies beside theirs.
 */
export function stepMemoryBytes(cost: NetworkCost, frames: number, inPieces = false): number {
  const copies = OPTIMISER_COPIES + (inPieces ? 1 : 0);
  const state = FLOAT_BYTES * (cost.weights + copies * cost.parameters);
  return Math.ceil(state + frames * HELD_PER_ACTIVATION * cost.activationBytesPerFrame);
}

/**
 * How many frames a device of so much memory computes at once: the batch, or after as many halvings as the worker would make by itself
 * (gpu-worker/train/step.ts). null: not even one frame fits, and the training would fail.
 */
export function framesAtOnce(cost: NetworkCost, batchSize: number, deviceBytes: number): number | null {
  for (let frames = batchSize; ; frames = Math.ceil(frames / 2)) {
    if (stepMemoryBytes(cost, frames, frames < batchSize) <= deviceBytes) return frames;
    if (frames === 1) return null;
  }
}

/**
 * How many of the labelled frames are trained on and how many validate: exact for split_by "frame"; whole videos or groups come as near to it
 * as their sizes allow.
 */
export function splitCounts(
  labelled: number,
  config: Pick<TrainingConfig, 'test_fraction' | 'holdout_fraction'>,
): FrameSplit {
  if (labelled === 1) return { train: 1, validation: 1 };
  const wantsHoldout = config.holdout_fraction > 0 && labelled > 2;
  const taken = (fraction: number, left: number) =>
    Math.min(Math.max(1, roundHalfToEven(labelled * fraction)), Math.max(1, left));
  const validation = taken(config.test_fraction, labelled - (wantsHoldout ? 2 : 1));
  const holdout = wantsHoldout ? taken(config.holdout_fraction, labelled - validation - 1) : 0;
  return { train: labelled - validation - holdout, validation };
}

/** SLEAP's rule where the number is left open. */
export function stepsPerEpoch(
  config: Pick<TrainingConfig, 'batches_per_epoch' | 'batch_size'>,
  trainFrames: number,
): number {
  return config.batches_per_epoch ?? Math.max(200, Math.floor(trainFrames / config.batch_size));
}

/** Of one epoch: its steps forward and backward, and every validation frame forward. */
export function epochMultiplyAdds(
  cost: NetworkCost,
  config: Pick<TrainingConfig, 'batches_per_epoch' | 'batch_size'>,
  { train, validation }: FrameSplit,
): number {
  const trained = stepsPerEpoch(config, train) * config.batch_size;
  return trained * cost.trainingMultiplyAddsPerFrame + validation * cost.multiplyAddsPerFrame;
}

/** Python's round(): 2.5 becomes 2. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
