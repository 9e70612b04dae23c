/**
 * Which frames of a video are meant: runs of evenly spaced frame numbers, in order and apart from each other.
 *
 * People write `0-99,150,300-`, as with sleap-track's --frames: numbers and ranges, both ends included, the last one open if it likes.
 * A run's last frame may be Infinity, since many containers do not tell how many frames they hold.
 */

export interface FrameRun {
  /** Counted from 0. */
  first: number;
  /** Included where the step meets it; Infinity: to the end of the video. */
  last: number;
  /** From one frame of the run to the next. */
  step: number;
}

/** Longest list that is worth reading. */
const MOST_RANGES = 10_000;

/**
 * @param text `0-99,150,300-`; null: the whole video.
 * @param step every step-th frame, counted from the beginning of each range; ranges that touch or overlap are one.
 * @returns null where the text is no such list.
 */
export function parseFrameRuns(text: string | null, step: number): FrameRun[] | null {
  if (text === null) return [{ first: 0, last: Number.POSITIVE_INFINITY, step }];
  const parts = text.split(',').map(part => part.trim());
  if (parts.length > MOST_RANGES) return null;
  const ranges: { first: number; last: number }[] = [];
  for (const part of parts) {
    const [, from, dash, to] = /^(\d{1,9})\s*(-?)\s*(\d{1,9})?$/.exec(part) ?? [];
    if (from === undefined || (dash === '' && to !== undefined)) return null;
    const first = Number(from);
    const last = dash === '' ? first : to === undefined ? Number.POSITIVE_INFINITY : Number(to);
    if (last < first) return null;
    ranges.push({ first, last });
  }
  const merged: FrameRun[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last, step });
  }
  return merged;
}

/** Whether the frame is one of the run. */
export function isInRun({ first, last, step }: FrameRun, index: number): boolean {
  return index >= first && index <= last && (index - first) % step === 0;
}

/** How many frames the runs have in a video of `frames` frames. */
export function countFrames(runs: readonly FrameRun[], frames: number): number {
  return runs.reduce((sum, { first, last, step }) => {
    const end = Math.min(last, frames - 1);
    return end < first ? sum : sum + Math.floor((end - first) / step) + 1;
  }, 0);
}

/** What is left of the runs without `done`, whose frames are frames of theirs. */
export function withoutFrames(runs: readonly FrameRun[], done: readonly FrameRun[]): FrameRun[] {
  return done.reduce((left, cut) => left.flatMap(run => withoutRun(run, cut)), [...runs]);
}

function withoutRun(run: FrameRun, cut: FrameRun): FrameRun[] {
  if (cut.first > run.last || cut.last < run.first) return [run];
  const before = { ...run, last: cut.first - run.step };
  const after = { ...run, first: cut.last + run.step };
  return [before, after].filter(({ first, last }) => first <= last);
}
