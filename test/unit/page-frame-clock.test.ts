/** Which frame is shown when: the player's clock over the times of predictions, and the columns that they lie in. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameClock } from '../../web/player/frame-clock.ts';
import { PredictionColumns } from '../../web/player/prediction-columns.ts';
import { variableTimes } from '../support/numbered-video.ts';

const NAMES = ['nose', 'tail'];

function columnsOf(frames: readonly { frame: number; time: number | null }[], fallbackSeconds = 0): PredictionColumns {
  const columns = new PredictionColumns(NAMES);
  for (const { frame, time } of frames) columns.add({ frame, time, score: null, keypoints: {} }, fallbackSeconds);
  return columns;
}
const clockOf = (columns: PredictionColumns, { fps = 25, frames = 0, isEven = true } = {}) =>
  new FrameClock(columns, { fps, frames, isEven });

/** Ascending times of consecutive frames, at least a millisecond apart. */
const times = fc.array(fc.double({ min: 0.001, max: 2, noNaN: true }), { minLength: 2, maxLength: 60 }).map(gaps => {
  let now = 0;
  return gaps.map(gap => (now += gap));
});

describe('the clock of a player', () => {
  it('knows each frame by its own time, whatever the rate does', () => {
    fc.assert(
      fc.property(times, seconds => {
        const clock = clockOf(columnsOf(seconds.map((time, frame) => ({ frame, time }))));
        seconds.forEach((time, frame) => {
          expect(clock.frameAt(time)).toBe(frame);
          expect(clock.secondsOf(frame)).toBe(time);
        });
      }),
    );
  });

  it('aims between a frame and the next one, so that a player is in the middle of that frame', () => {
    fc.assert(
      fc.property(times, seconds => {
        const clock = clockOf(columnsOf(seconds.map((time, frame) => ({ frame, time }))));
        for (let frame = 0; frame < seconds.length - 1; frame++) {
          const aim = clock.aimFor(frame);
          expect(aim).toBeGreaterThan(seconds[frame]!);
          expect(aim).toBeLessThan(seconds[frame + 1]!);
          expect(clock.frameDuring(aim)).toBe(frame);
        }
      }),
    );
  });

  it('tells the nearest frame, half a frame off at most', () => {
    const clock = clockOf(columnsOf(variableTimes(10).map((time, frame) => ({ frame, time }))));
    const [, first, second] = variableTimes(10);
    const middle = (first! + second!) / 2;
    expect([clock.frameAt(middle - 0.001), clock.frameAt(middle + 0.001)]).toEqual([1, 2]);
  });

  it('places frames that were not predicted evenly between those that were, and by the rate before and behind', () => {
    const clock = clockOf(columnsOf([10, 20, 40].map(frame => ({ frame, time: frame / 10 }))), {
      fps: 10,
      frames: 100,
    });
    for (const frame of [0, 5, 10, 13, 20, 31, 40, 77, 99]) {
      expect(clock.secondsOf(frame)).toBeCloseTo(frame / 10, 9);
      expect(clock.frameAt(frame / 10)).toBe(frame);
      expect(clock.frameDuring(frame / 10 + 0.05)).toBe(frame);
    }
    expect([clock.frameAt(-3), clock.frameAt(1000)]).toEqual([0, 99]);
  });

  it('goes by the rate alone where nothing was predicted or no time is known', () => {
    expect(clockOf(columnsOf([]), { frames: 50 }).frameAt(1)).toBe(25);
    const untimed = columnsOf([{ frame: 3, time: null }], 0.12);
    expect(clockOf(untimed).secondsOf(3)).toBe(0.12);
  });

  it('finds out how much later a player counts, and takes the rounding of a container for nothing', () => {
    const clock = clockOf(columnsOf([0, 1, 2].map(frame => ({ frame, time: frame / 25 }))));
    expect(clock.delayOf(3)).toBe(3);
    expect(clock.delayOf(0.001)).toBe(0);
    // Where frame 0 is not known, an uneven rate could not tell when it was shown.
    const later = columnsOf([50, 51].map(frame => ({ frame, time: frame / 20 })));
    expect(clockOf(later, { isEven: false }).delayOf(1)).toBe(0);
  });
});

it('tells how many frames a player leaves out that ends before they come', () => {
  const clock = clockOf(columnsOf([0, 1, 8, 9].map(frame => ({ frame, time: frame / 25 }))), { frames: 10 });
  expect([0.4, 0.36, 0.2, -1].map(end => clock.framesBehindEnd(end))).toEqual([0, 0, 4, 9]);
  expect(clockOf(columnsOf([]), { frames: 10 }).framesBehindEnd(0)).toBe(0);
});

describe('the columns of predictions', () => {
  it('give back what was put in, across their pieces, and null where nothing was found', () => {
    const columns = new PredictionColumns(NAMES);
    const count = 9000;
    for (let n = 0; n < count; n++) {
      const tail = n % 3 === 0 ? ([null, null, 0.05] as const) : ([n / 2, 7, 0.5] as const);
      columns.add({ frame: 2 * n, time: n / 10, score: 1, keypoints: { nose: [n, 1.5, 0.75], tail: [...tail] } }, 0);
    }
    expect(columns.length).toBe(count);
    for (const row of [0, 1, 4095, 4096, 8191, 8192, count - 1]) {
      expect(columns.pose(row)).toEqual([[row, 1.5, 0.75], row % 3 === 0 ? null : [row / 2, 7, 0.5]]);
      expect([columns.rowOf(2 * row), columns.rowOf(2 * row + 1), columns.rowUpTo(2 * row + 1)]).toEqual([
        row,
        null,
        row,
      ]);
    }
    expect(columns.rowUpTo(-1)).toBe(-1);
    expect(columns.found).toBe(count + (count / 3) * 2);
    expect([0.5, 0.51, 0.75, 0.76].map(threshold => columns.foundBelow(threshold))).toEqual([0, 6000, 6000, 15_000]);
  });

  it('count the scores below any threshold of whole hundredths', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 })), fc.integer({ min: 0, max: 100 }), (scores, threshold) => {
        const columns = new PredictionColumns(['nose']);
        scores.forEach((score, frame) => {
          columns.add({ frame, time: 0, score: 1, keypoints: { nose: [1, 1, score / 100] } }, 0);
        });
        expect(columns.foundBelow(threshold / 100)).toBe(scores.filter(score => score < threshold).length);
      }),
    );
  });

  it('hold 100,000 frames of 17 keypoints in less than 25 MB', () => {
    const names = Array.from({ length: 17 }, (_, k) => `k${k}`);
    const keypoints = Object.fromEntries(names.map(name => [name, [1, 2, 0.5] as [number, number, number]]));
    const columns = new PredictionColumns(names);
    const before = process.memoryUsage().arrayBuffers;
    for (let frame = 0; frame < 100_000; frame++) columns.add({ frame, time: frame, score: 1, keypoints }, 0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(25e6);
    expect(columns.point(99_999, 16)).toEqual([1, 2, 0.5]);
  });
});
