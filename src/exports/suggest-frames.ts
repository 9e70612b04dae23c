/**
 * Which frames of a video are worth labelling next: those the network was least sure of, those in which a keypoint jumps, and some spread over
 * the time that is left, since a network is sure of what it has never seen, too. Frames close to each other look alike, so suggestions keep a
 * distance.
 */
import type { Suggestions } from '../contract/suggestions.ts';
import type { FrameQuality } from './frame-quality.ts';

type SuggestionReason = Suggestions['suggestions'][number]['reason'];

export interface SuggestedFrame {
  frame: number;
  reason: SuggestionReason;
  /** When it is shown, in seconds since the start of the video; NaN: not known. */
  time: number;
  /** Mean score of its keypoints. */
  score: number;
  /** NaN where it has no neighbour on both sides. */
  jumpPx: number;
}

/** Shares of the suggestions; what one reason cannot give, the next may. */
const SHARES: Record<SuggestionReason, number> = { low_score: 0.5, jump: 0.25, spread: 0.25 };
/** A jump is one from this multiple of the median on, and from so many pixels: the noise of finding a peak is below. */
const JUMP_TO_MEDIAN = 4;
const LEAST_JUMP_PX = 2;
/**
 * Suggestions stay apart by this share of the time that each would have if they were spread evenly, or by the next one where there are not enough.
 * Closer, they would show the same moment: the frames before and after a jump stand out by half of it.
 */
const GAP_SHARES = [0.5, 0.25, 0.1];

/** @returns at most `count` frames, in the order of the video. */
export function suggestFrames(quality: FrameQuality, count: number): SuggestedFrame[] {
  const picked = new Map<number, SuggestionReason>();
  const ranked: Record<'low_score' | 'jump', number[]> = { low_score: byLowScore(quality), jump: byJump(quality) };
  let wanted = 0;
  for (const reason of ['low_score', 'jump'] as const) {
    wanted += Math.round(count * SHARES[reason]);
    pickApart(quality, ranked[reason], { picked, reason, upTo: wanted, count });
  }
  pickSpread(quality, picked, count);
  return [...picked]
    .sort(([a], [b]) => a - b)
    .map(([i, reason]) => ({
      frame: quality.frames[i]!,
      reason,
      time: quality.times[i]!,
      score: quality.scores[i]!,
      jumpPx: quality.jumpsPx[i]!,
    }));
}

/** Frames below the median, the worst first. */
function byLowScore({ scores }: FrameQuality): number[] {
  const middle = median(scores);
  return [...scores.keys()].filter(i => scores[i]! < middle).sort((a, b) => scores[a]! - scores[b]!);
}

function byJump({ jumpsPx }: FrameQuality): number[] {
  const least = Math.max(LEAST_JUMP_PX, JUMP_TO_MEDIAN * median(jumpsPx.filter(jump => !Number.isNaN(jump))));
  return [...jumpsPx.keys()].filter(i => jumpsPx[i]! >= least).sort((a, b) => jumpsPx[b]! - jumpsPx[a]!);
}

/** Takes frames in the order of `ranked` until `upTo` are picked, as far apart as it can be done. */
function pickApart(
  { frames }: FrameQuality,
  ranked: readonly number[],
  {
    picked,
    reason,
    upTo,
    count,
  }: { picked: Map<number, SuggestionReason>; reason: SuggestionReason; upTo: number; count: number },
): void {
  const span = frames.length === 0 ? 0 : frames.at(-1)! - frames[0]!;
  for (const share of GAP_SHARES) {
    const gap = Math.max(1, (share * span) / count);
    for (const i of ranked) {
      if (picked.size >= upTo) return;
      const isApart = [...picked.keys()].every(other => Math.abs(frames[i]! - frames[other]!) > gap);
      if (isApart) picked.set(i, reason);
    }
  }
}

/** Fills up: always into the middle of the longest stretch without a suggestion. */
function pickSpread({ frames }: FrameQuality, picked: Map<number, SuggestionReason>, count: number): void {
  while (picked.size < Math.min(count, frames.length)) {
    const taken = [-1, ...[...picked.keys()].sort((a, b) => a - b), frames.length];
    let [from, to] = [-1, 0];
    for (let n = 1; n < taken.length; n++)
      if (taken[n]! - taken[n - 1]! > to - from) [from, to] = [taken[n - 1]!, taken[n]!];
    picked.set(Math.floor((from + to) / 2), 'spread');
  }
}

function median(values: Float32Array): number {
  return values.length === 0 ? 0 : values.toSorted()[values.length >> 1]!;
}
