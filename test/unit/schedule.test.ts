import { describe, expect, it } from 'vitest';
import { EarlyStopping, ReduceLrOnPlateau } from '../../gpu-worker/train/schedule.ts';

const schedule = {
  reduce_on_plateau: true,
  reduction_factor: 0.5,
  plateau_min_delta: 1e-6,
  plateau_patience: 2,
  plateau_cooldown: 3,
  min_learning_rate: 1e-8,
};

/** The rates used after each epoch. */
function rates(reducer: ReduceLrOnPlateau, losses: number[], start = 1): number[] {
  let rate = start;
  return losses.map(loss => (rate = reducer.next(loss, rate)));
}

describe('reducing the learning rate on a plateau', () => {
  it('halves after patience epochs without a fall, then rests for the cooldown before it counts again', () => {
    // epoch:        0  1  2    3    4    5    6     7
    // count:        -  1  2!   rest rest (rest ends, counts 1) 2!
    expect(rates(new ReduceLrOnPlateau(schedule), [1, 1, 1, 1, 1, 1, 1, 1])).toEqual([
      1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25,
    ]);
  });

  it('takes up a new best during the cooldown', () => {
    const reducer = new ReduceLrOnPlateau(schedule);
    expect(rates(reducer, [1, 1, 1, 0.5, 0.6, 0.6, 0.6])).toEqual([1, 1, 0.5, 0.5, 0.5, 0.5, 0.25]);
    expect(reducer.state.best).toBe(0.5);
  });

  it('does not count a fall of min_delta or less as one', () => {
    const config = { ...schedule, plateau_min_delta: 0.125 };
    expect(rates(new ReduceLrOnPlateau(config), [1, 0.875, 0.875])).toEqual([1, 1, 0.5]);
    expect(rates(new ReduceLrOnPlateau(config), [1, 0.874, 0.874])).toEqual([1, 1, 1]);
  });

  it('never goes below the least rate, and stays there', () => {
    const config = { ...schedule, plateau_cooldown: 0, plateau_patience: 1, min_learning_rate: 0.3 };
    expect(rates(new ReduceLrOnPlateau(config), [1, 1, 1, 1])).toEqual([1, 0.5, 0.3, 0.3]);
  });

  it('counts a loss that is not a number as no fall', () => {
    expect(rates(new ReduceLrOnPlateau(schedule), [1, Number.NaN, Number.NaN])).toEqual([1, 1, 0.5]);
  });

  it('leaves the rate alone when it is switched off', () => {
    expect(rates(new ReduceLrOnPlateau({ ...schedule, reduce_on_plateau: false }), [1, 1, 1, 1])).toEqual([1, 1, 1, 1]);
  });

  it('goes on from a saved state as if it had never stopped', () => {
    const losses = [1, 1, 1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8];
    const whole = rates(new ReduceLrOnPlateau(schedule), losses);
    for (let cut = 0; cut <= losses.length; cut++) {
      const first = new ReduceLrOnPlateau(schedule);
      const before = rates(first, losses.slice(0, cut));
      const second = new ReduceLrOnPlateau(schedule, JSON.parse(JSON.stringify(first.state)));
      expect([...before, ...rates(second, losses.slice(cut), before.at(-1) ?? 1)]).toEqual(whole);
    }
  });
});

const stopping = { stop_training_on_plateau: true, plateau_min_delta: 0.125, plateau_patience: 3 };

/** The epoch after which training ends, or null. */
function stopsAfter(stopper: EarlyStopping, losses: number[]): number | null {
  const epoch = losses.findIndex(loss => stopper.shouldStop(loss));
  return epoch === -1 ? null : epoch;
}

describe('early stopping', () => {
  it('ends after patience epochs without a fall', () => {
    expect(stopsAfter(new EarlyStopping(stopping), [1, 1, 1, 1, 1])).toBe(3);
    expect(stopsAfter(new EarlyStopping(stopping), [1, 1, 1, 0.5, 0.5, 0.5, 0.5])).toBe(6);
    expect(stopsAfter(new EarlyStopping(stopping), [1, 0.8, 0.6, 0.4, 0.2])).toBeNull();
  });

  it('does not count a fall of min_delta or less as one', () => {
    expect(stopsAfter(new EarlyStopping(stopping), [1, 0.875, 0.875, 0.875])).toBe(3);
    expect(stopsAfter(new EarlyStopping(stopping), [1, 0.874, 0.874, 0.874])).toBeNull();
  });

  it('never ends after the first epoch, even with patience 1 and a loss that is not a number', () => {
    expect(stopsAfter(new EarlyStopping({ ...stopping, plateau_patience: 1 }), [Number.NaN, Number.NaN])).toBe(1);
  });

  it('never ends when it is switched off', () => {
    expect(
      stopsAfter(new EarlyStopping({ ...stopping, stop_training_on_plateau: false }), [1, 1, 1, 1, 1, 1]),
    ).toBeNull();
  });

  it('goes on from a saved state as if it had never stopped', () => {
    const losses = [1, 1, 0.5, 0.5, 0.5, 0.5];
    for (let cut = 0; cut < 5; cut++) {
      const first = new EarlyStopping(stopping);
      for (const loss of losses.slice(0, cut)) expect(first.shouldStop(loss)).toBe(false);
      const second = new EarlyStopping(stopping, JSON.parse(JSON.stringify(first.state)));
      expect(stopsAfter(second, losses.slice(cut))).toBe(5 - cut);
    }
  });
});
