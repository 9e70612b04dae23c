/** Speed and time left, by a clock that the test turns. */
import { describe, expect, it } from 'vitest';
import { RateMeter } from '../../gpu-worker/rate-meter.ts';

/** A meter, and the clock it reads. */
function meterFrom(done = 0) {
  const clock = { seconds: 1000 };
  return { clock, meter: new RateMeter('frames', done, () => clock.seconds) };
}

/** Reports steady work. @returns the last progress. */
function work({ clock, meter }: ReturnType<typeof meterFrom>, from: number, seconds: number, perSecond: number) {
  const start = clock.seconds;
  let progress = meter.progress(from, 10_000);
  for (let step = 1; step <= seconds * 50; step++) {
    clock.seconds = start + step / 50;
    progress = meter.progress(from + Math.floor((step * perSecond) / 50), 10_000);
  }
  return progress;
}

describe('the rate meter', () => {
  it('tells neither speed nor time left within the first second', () => {
    const { clock, meter } = meterFrom();
    expect(meter.progress(0, 100)).toEqual({ done: 0, total: 100, unit: 'frames' });
    clock.seconds += 0.99;
    expect(meter.progress(40, 100)).toEqual({ done: 40, total: 100, unit: 'frames' });
  });

  it('tells both afterwards', () => {
    const { clock, meter } = meterFrom();
    clock.seconds += 2;
    const progress = { done: 40, total: 100, unit: 'frames', per_second: 20, seconds_left: 3 };
    expect(meter.progress(40, 100)).toEqual(progress);
  });

  it('does not count what was done before it began', () => {
    const { clock, meter } = meterFrom(500);
    clock.seconds += 2;
    expect(meter.progress(540, 600)).toMatchObject({ per_second: 20, seconds_left: 3 });
  });

  it('tells no time left where the total is not known', () => {
    const { clock, meter } = meterFrom();
    clock.seconds += 2;
    expect(meter.progress(40, null)).toEqual({ done: 40, total: null, unit: 'frames', per_second: 20 });
  });

  it('raises a total that was too small', () => {
    const { clock, meter } = meterFrom();
    clock.seconds += 2;
    expect(meter.progress(40, 30)).toMatchObject({ done: 40, total: 40, seconds_left: 0 });
  });

  it('has forgotten a slow start after ten seconds', () => {
    const setting = meterFrom();
    work(setting, 0, 30, 2);
    expect(work(setting, 60, 10, 100)).toMatchObject({ per_second: 100 });
  });

  it('does not forget the last seconds over a moment’s pause', () => {
    const setting = meterFrom();
    const { done, per_second } = work(setting, 0, 20, 100);
    expect(per_second).toBe(100);
    setting.clock.seconds += 1;
    // Eight seconds back from now: seven of work, one of none.
    const after = setting.meter.progress(done, 10_000);
    expect(after.per_second).toBeGreaterThan(85);
    expect(after.per_second).toBeLessThan(92);
  });

  it('falls to a speed of 0 and tells no time left when all work has stopped', () => {
    const setting = meterFrom();
    const { done } = work(setting, 0, 20, 100);
    const stalled = () => setting.meter.progress(done, 10_000);
    for (let second = 0; second < 9; second++) {
      setting.clock.seconds += 1;
      stalled();
    }
    expect(stalled()).toEqual({ done, total: 10_000, unit: 'frames', per_second: 0 });
  });

  it('gives three digits', () => {
    const { clock, meter } = meterFrom();
    clock.seconds += 3;
    expect(meter.progress(100, 200)).toMatchObject({ per_second: 33.3, seconds_left: 3 });
    clock.seconds += 4;
    expect(meter.progress(101, 20_000)).toMatchObject({ per_second: 14.4, seconds_left: 1380 });
  });
});
