import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrainingOrder } from '../../gpu-worker/data/order.ts';

const seeds = fc.integer({ min: 0, max: 0xffffffff });
const batchSizes = fc.integer({ min: 1, max: 12 });
/** Frame indices as a split leaves them: ascending, with gaps. */
const frameLists = fc
  .uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 40 })
  .map(frames => frames.sort((a, b) => a - b));

const batches = (order: TrainingOrder, count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => order.batch(first + i));
const ascending = (frames: readonly number[]) => frames.toSorted((a, b) => a - b);

describe('the order of training frames', () => {
  it('makes full batches of known frames at every step', () => {
    fc.assert(
      fc.property(frameLists, batchSizes, seeds, fc.nat(10_000), (frames, batchSize, seed, step) => {
        const batch = new TrainingOrder(frames, batchSize, seed).batch(step);
        expect(batch).toHaveLength(batchSize);
        expect(frames).toEqual(expect.arrayContaining(batch));
      }),
    );
  });

  it('uses no frame twice within a pass, and all of them where the batch divides their number', () => {
    fc.assert(
      fc.property(frameLists, batchSizes, seeds, fc.nat(20), (frames, batchSize, seed, pass) => {
        fc.pre(frames.length >= batchSize);
        const perPass = Math.floor(frames.length / batchSize);
        const used = batches(new TrainingOrder(frames, batchSize, seed), perPass, pass * perPass).flat();
        expect(new Set(used).size).toBe(perPass * batchSize);
        if (frames.length % batchSize === 0) expect(ascending(used)).toEqual(frames);
      }),
    );
  });

  it('drops what is left over after the last full batch, other frames in each pass', () => {
    const frames = Array.from({ length: 11 }, (_, i) => i);
    const order = new TrainingOrder(frames, 4, 7);
    const dropped = Array.from({ length: 40 }, (_, pass) => {
      const used = batches(order, 2, 2 * pass).flat();
      expect(new Set(used).size).toBe(8);
      return frames.filter(frame => !used.includes(frame));
    });
    expect(dropped.every(left => left.length === 3)).toBe(true);
    expect(ascending([...new Set(dropped.flat())])).toEqual(frames);
  });

  it('strings passes together where a batch holds more than all frames: between two uses of one frame lie all others', () => {
    fc.assert(
      fc.property(frameLists, fc.integer({ min: 1, max: 30 }), seeds, (frames, more, seed) => {
        const batchSize = frames.length + more;
        const stream = batches(new TrainingOrder(frames, batchSize, seed), 5).flat();
        for (let start = 0; start + frames.length <= stream.length; start += frames.length) {
          expect(ascending(stream.slice(start, start + frames.length))).toEqual(frames);
        }
      }),
    );
  });

  it('shuffles every pass anew', () => {
    const frames = Array.from({ length: 12 }, (_, i) => i);
    const passes = batches(new TrainingOrder(frames, 12, 1), 50).map(pass => pass.join());
    expect(new Set(passes).size).toBe(50);
    expect(passes).not.toContain(frames.join());
    // The first place is anybody's.
    const first = batches(new TrainingOrder(frames, 12, 1), 400).map(pass => pass[0]!);
    for (const frame of frames) expect(first.filter(other => other === frame).length).toBeGreaterThan(12);
  });

  it('is the same for the same seed and another for another', () => {
    const frames = Array.from({ length: 30 }, (_, i) => i);
    const of = (seed: number) => batches(new TrainingOrder(frames, 8, seed), 9);
    expect(of(5)).toEqual(of(5));
    expect(of(5)).not.toEqual(of(6));
  });

  it('needs nothing but a position to go on: steps asked for in any order, of a fresh object, are those of the whole run', () => {
    fc.assert(
      fc.property(
        frameLists,
        fc.integer({ min: 1, max: 60 }),
        seeds,
        fc.array(fc.nat(29), { minLength: 1, maxLength: 10 }),
        (frames, batchSize, seed, asked) => {
          const whole = batches(new TrainingOrder(frames, batchSize, seed), 30);
          const resumed = new TrainingOrder(frames, batchSize, seed);
          for (const step of asked) expect(resumed.batch(step)).toEqual(whole[step]);
        },
      ),
    );
  });

  it('leaves the list it was given alone', () => {
    const frames = [3, 1, 2];
    new TrainingOrder(frames, 2, 1).batch(5);
    expect(frames).toEqual([3, 1, 2]);
  });
});
