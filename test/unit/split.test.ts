import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSeed, Random, shuffle } from '../../gpu-worker/data/random.ts';
import { splitFrames as split, splitGroups } from '../../gpu-worker/data/split.ts';

const seeds = fc.integer({ min: 0, max: 0xffffffff });
const splitFrames = (n: number, testFraction: number, seed: number, holdoutFraction = 0) =>
  split(n, { testFraction, holdoutFraction, seed });
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
const sorted = (frames: number[]) => frames.sort((a, b) => a - b);

describe('splitting frames', () => {
  it('gives every frame to exactly one side, and at least one to each', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        seeds,
        (n, fraction, seed) => {
          const { train, validation } = splitFrames(n, fraction, seed);
          expect(train.length).toBeGreaterThan(0);
          expect(validation.length).toBeGreaterThan(0);
          expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        },
      ),
    );
  });

  it('counts as SLEAP does: Python rounding, then at least one and never all', () => {
    const count = (n: number, fraction: number) => splitFrames(n, fraction, 1).validation.length;
    expect([count(90, 0.1), count(5, 0.5), count(7, 0.5), count(3, 0.5), count(10, 0.25), count(100, 0.333)]).toEqual([
      9, 2, 4, 2, 2, 33,
    ]);
    expect([count(10, 0), count(2, 0.99), count(10, 0.96)]).toEqual([1, 1, 9]);
  });

  it('uses a single frame for both', () => {
    expect(splitFrames(1, 0.1, 3)).toEqual({ train: [0], validation: [0], holdout: [] });
  });

  it('is the same for the same seed and another for another', () => {
    expect(splitFrames(90, 0.2, 5)).toEqual(splitFrames(90, 0.2, 5));
    expect(splitFrames(90, 0.2, 5)).not.toEqual(splitFrames(90, 0.2, 6));
  });

  it('chooses every frame equally often', () => {
    const chosen = new Array(10).fill(0);
    for (let seed = 0; seed < 4000; seed++)
      for (const frame of splitFrames(10, 0.3, seed).validation) chosen[frame] += 1;
    for (const count of chosen) expect(Math.abs(count - 1200)).toBeLessThan(5 * Math.sqrt(4000 * 0.3 * 0.7));
  });
});

describe('holding frames out', () => {
  it('keeps them from training and validation, and leaves the validation frames as they would be without', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 200 }), seeds, (n, seed) => {
        const { train, validation, holdout } = splitFrames(n, 0.2, seed, 0.1);
        expect(sorted([...train, ...validation, ...holdout])).toEqual(numbers(n));
        expect(holdout.length).toBeGreaterThan(0);
        if (holdout.length > 1) expect(Math.abs(holdout.length - n * 0.1)).toBeLessThanOrEqual(0.5);
        expect(train.length).toBeGreaterThan(0);
        expect(validation).toEqual(splitFrames(n, 0.2, seed).validation);
      }),
    );
  });

  it('is not done with two frames, which training and validation need', () => {
    expect(splitFrames(2, 0.3, 1, 0.3).holdout).toEqual([]);
  });
});

describe('splitting by group', () => {
  const options = { testFraction: 0.25, holdoutFraction: 0.2, seed: 4 };

  it('never parts a group, and leaves no side empty', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 120 }), seeds, (marks, seed) => {
        const groups = marks.map(mark => `animal ${mark}`);
        fc.pre(new Set(groups).size >= 3);
        const parts = splitGroups(groups, 'group', { ...options, seed });
        expect(sorted(Object.values(parts).flat())).toEqual(numbers(groups.length));
        const sides = Object.values(parts).map(frames => new Set(frames.map((frame: number) => groups[frame])));
        for (const side of sides) expect(side.size).toBeGreaterThan(0);
        expect(sides[0]!.size + sides[1]!.size + sides[2]!.size).toBe(new Set(groups).size);
      }),
    );
  });

  it('comes as near to the fraction as the groups allow', () => {
    const groups = numbers(100).map(frame => `video ${frame % 10}`);
    const { train, validation, holdout } = splitGroups(groups, 'video', options);
    expect([train.length, validation.length, holdout.length]).toEqual([60, 20, 20]);
  });

  it('takes the smallest group when all are larger than what is asked for', () => {
    const groups = [...Array(50).fill('a'), ...Array(30).fill('b'), ...Array(40).fill('c')];
    const { validation } = splitGroups(groups, 'video', { testFraction: 0.05, holdoutFraction: 0, seed: 1 });
    expect(new Set(validation.map(frame => groups[frame]))).toEqual(new Set(['b']));
  });

  it('does not depend on the order in which the frames are listed', () => {
    const groups = numbers(40).map(frame => `g${Math.floor(frame / 5)}`);
    const names = (order: string[]) =>
      new Set(splitGroups(order, 'group', options).validation.map(frame => order[frame]!));
    expect(names(groups.toReversed())).toEqual(names(groups));
  });

  it('says how many groups it needs and which there are', () => {
    expect(() => splitGroups(['one', 'one'], 'video', { ...options, holdoutFraction: 0 })).toThrow(
      expect.objectContaining({
        code: 'labels_invalid',
        message: 'split_by "video" needs labelled frames of at least 2 videos; there is one: "one".',
      }),
    );
    expect(() => splitGroups(['one', 'two'], 'group', options)).toThrow(/at least 3 groups; there are 2: "one", "two"/);
  });
});

describe('the seeded generator', () => {
  it('goes on from a saved state with the same numbers', () => {
    fc.assert(
      fc.property(seeds, fc.nat(50), (seed, skipped) => {
        const random = Random.of(seed, 'order');
        for (let i = 0; i < skipped; i++) random.next();
        const again = new Random(JSON.parse(JSON.stringify(random.state)));
        for (let i = 0; i < 5; i++) expect(again.nextUint32()).toBe(random.nextUint32());
      }),
    );
  });

  it('follows the recurrence of sfc32 in exact integer arithmetic', () => {
    const word = (value: bigint) => value & 0xffffffffn;
    let [a, b, c, counter] = [0x9e3779b9n, 0x243f6a88n, 0xb7e15162n, 0xfffffffen];
    const random = new Random([a, b, c, counter].map(Number) as [number, number, number, number]);
    for (let i = 0; i < 100; i++) {
      const out = word(a + b + counter);
      counter = word(counter + 1n);
      a = b ^ (b >> 9n);
      b = word(c + (c << 3n));
      c = word(word((c << 21n) | (c >> 11n)) + out);
      expect(random.nextUint32()).toBe(Number(out));
    }
  });

  it('is uniform: the counts of 64 bins of 64,000 draws stay within chance', () => {
    const random = Random.of(1, 'uniform');
    const bins = new Array(64).fill(0);
    for (let i = 0; i < 64_000; i++) bins[Math.floor(random.next() * 64)] += 1;
    const chiSquared = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeGreaterThan(30);
    expect(chiSquared).toBeLessThan(113); // 63 degrees of freedom: p = 0.0001
  });

  it('draws another stream for another purpose', () => {
    const first = (seed: number, purpose: string) => Random.of(seed, purpose).nextUint32();
    const purposes = ['split', 'order', 'weights', 'augmentation', ''];
    const firsts = [0, 1, 2, 0xffffffff].flatMap(seed => purposes.map(purpose => first(seed, purpose)));
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(new Set(Array.from({ length: 1000 }, (_, i) => deriveSeed(7, `layer${i}`))).size).toBe(1000);
  });

  it('shuffles a copy that holds the same items', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), seeds, (items, seed) => {
        const before = items.slice();
        const shuffled = shuffle(items, Random.of(seed, 'order'));
        expect(items).toEqual(before);
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
      }),
    );
  });
});
