/**
 * Which labelled frames train the network, which validate it, and which are held out for the end.
 *
 * SLEAP's rule for single frames (sleap/nn/data/training.py, split_labels_train_val): n_val = round(n * fraction), at least one frame and
 * never all; a dataset of one frame is used for both. SLEAP's shuffle is unseeded; ours follows the training's seed.
 * Neighbouring frames of a video are nearly the same picture, so a network that saw one scores too well on the other: frames may be kept
 * together by video or by group, and then whole groups are dealt out, as near to the number of frames asked for as they allow.
 */
import type { SplitBy } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { Random, shuffle } from './random.ts';

export interface Split {
  /** Frame indices, ascending. */
  train: number[];
  validation: number[];
  /** Never seen while training; empty unless asked for. */
  holdout: number[];
}

export interface SplitOptions {
  /** Shares of the frames, in [0, 1); together below 1. */
  testFraction: number;
  holdoutFraction: number;
  seed: number;
}

/** Splits frames 0..frameCount-1, each on its own. */
export function splitFrames(frameCount: number, options: SplitOptions): Split {
  const singles = Array.from({ length: frameCount }, (_, frame) => [frame]);
  if (frameCount === 1) return { train: [0], validation: [0], holdout: [] };
  return deal(singles, frameCount, options);
}

/**
 * Splits frames so that those of one group stay together.
 * @param groups the group of each frame.
 * @param by what a group is, for the message.
 * @throws AppError labels_invalid when there are too few groups.
 */
export function splitGroups(groups: readonly string[], by: Exclude<SplitBy, 'frame'>, options: SplitOptions): Split {
  const members = new Map<string, number[]>();
  for (const [frame, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), frame]);
  const needed = options.holdoutFraction > 0 ? 3 : 2;
  if (members.size < needed) {
    const names = [...members.keys()].map(name => `"${name}"`).join(', ');
    throw new AppError(
      'labels_invalid',
      `split_by "${by}" needs labelled frames of at least ${needed} ${by}s; there ${members.size === 1 ? 'is one' : `are ${members.size}`}: ${names}.`,
      {
        remedy:
          by === 'video'
            ? 'Keep the frames of each video in a folder of their own, or use split_by "frame".'
            : 'Use split_by "frame".',
      },
    );
  }
  // In the order of their names, so that the split does not depend on the order of rows.
  const sorted = [...members.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, frames]) => frames);
  return deal(sorted, groups.length, options);
}

function deal(groups: number[][], frameCount: number, { testFraction, holdoutFraction, seed }: SplitOptions): Split {
  const shuffled = shuffle(groups, Random.of(seed, 'split'));
  const wantsHoldout = holdoutFraction > 0 && groups.length > 2;
  const validation = take(shuffled, roundHalfToEven(frameCount * testFraction), wantsHoldout ? 2 : 1);
  const holdout = wantsHoldout ? take(shuffled, roundHalfToEven(frameCount * holdoutFraction), 1) : [];
  return { validation, holdout, train: shuffled.flat().sort(ascending) };
}

/** Takes whole groups off `left`, in order, as long as they bring the sum nearer to `frames`; at least one, and `spare` stay. */
function take(left: number[][], frames: number, spare: number): number[] {
  const taken: number[] = [];
  const takeAt = (i: number) => taken.push(...left.splice(i, 1)[0]!);
  for (let i = 0; i < left.length && left.length > spare; ) {
    const next = taken.length + left[i]!.length;
    if (Math.abs(next - frames) < Math.abs(taken.length - frames)) takeAt(i);
    else i++;
  }
  if (taken.length === 0) {
    const smallest = Math.min(...left.map(group => group.length));
    takeAt(left.findIndex(group => group.length === smallest));
  }
  return taken.sort(ascending);
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Python's round(), which SLEAP uses: 2.5 becomes 2. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
