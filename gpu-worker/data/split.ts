/**
 * Which labelled frames train the network and which validate it.
 *
 * SLEAP's rule (sleap/nn/data/training.py, split_labels_train_val): n_val = round(n * fraction), at least one frame and never all; a
 * dataset of one frame is used for both. SLEAP's shuffle is unseeded; ours follows the training's seed.
 * Leaves out: splitting by video or by animal.
 */
import { Random, shuffle } from './random.ts';

export interface Split {
  /** Frame indices, ascending. */
  train: number[];
  validation: number[];
}

/**
 * Splits frames 0..frameCount-1.
 * @param fraction share of the frames for validation, in [0, 1).
 */
export function splitFrames(frameCount: number, fraction: number, seed: number): Split {
  if (frameCount === 1) return { train: [0], validation: [0] };
  const validationCount = Math.max(1, Math.min(frameCount - 1, roundHalfToEven(frameCount * fraction)));
  const shuffled = shuffle(
    Array.from({ length: frameCount }, (_, frame) => frame),
    Random.of(seed, 'split'),
  );
  const ascending = (a: number, b: number) => a - b;
  return {
    validation: shuffled.slice(0, validationCount).sort(ascending),
    train: shuffled.slice(validationCount).sort(ascending),
  };
}

/** Python's round(), which SLEAP uses: 2.5 becomes 2. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
