/** The arithmetic of Try it here that needs no browser: levels of a picture, and how fast frames come. */
import { expect, it } from 'vitest';
import { withChannels } from '../../gpu-worker/data/stored-images.ts';
import { levelsOf } from '../../web/try-here/frame-levels.ts';
import { FrameTimer } from '../../web/try-here/frame-times.ts';

/** Three pixels, the last one half transparent. */
const RGBA = Uint8ClampedArray.from([200, 100, 50, 255, 17, 17, 17, 255, 3, 250, 128, 128]);
const RGB = [200, 100, 50, 17, 17, 17, 3, 250, 128];

it('takes the colours of a picture and leaves out its alpha', () => {
  const levels = new Int32Array(9);
  levelsOf(RGBA, 3, levels);
  expect([...levels]).toEqual(RGB);
});

it('makes the gray that the worker makes, and keeps what is gray already', () => {
  const levels = new Int32Array(3);
  levelsOf(RGBA, 1, levels);
  const worker = withChannels({ widthPx: 3, heightPx: 1, channels: 3, data: Uint8Array.from(RGB) }, 1);
  expect([...levels]).toEqual([...worker.data]);
  expect(levels[1]).toBe(17);
});

it('tells the last and the median time and the frames a second of the newest frames', () => {
  const timer = new FrameTimer();
  expect(timer.times()).toEqual({ frames: 0, lastMs: null, medianMs: null, perSecond: null });
  for (let i = 0; i < 100; i++) timer.add(i < 50 ? 1000 : 20, 50 * i);
  expect(timer.add(35, 5000)).toMatchObject({ frames: 101, lastMs: 35, medianMs: 20 });
  expect(timer.times().perSecond).toBeCloseTo(20);
});

it('does not count a pause that the reader made as a slow frame', () => {
  const timer = new FrameTimer();
  for (let i = 0; i < 10; i++) timer.add(10, 100 * i);
  expect(timer.add(10, 60_000).perSecond).toBeNull();
  expect(timer.add(10, 60_100).perSecond).toBeCloseTo(10);
});
