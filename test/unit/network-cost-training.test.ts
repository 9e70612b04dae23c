import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../gpu-worker/data/split.ts';
import { networkCost } from '../../src/contract/network-cost.ts';
import {
  epochMultiplyAdds,
  framesAtOnce,
  splitCounts,
  stepMemoryBytes,
  stepsPerEpoch,
} from '../../src/contract/network-cost-training.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';

const config = trainingConfigSchema.parse({
  ...{ test_fraction: 0.2, num_epochs: 10, learning_rate: 1e-3, backbone_model: 'unet' },
  ...{ heads_sigma: 1, heads_output_stride: 4, batch_size: 6, batches_per_epoch: 50 },
  ...{ backbone_config: { filters: 8, filters_rate: 1.5 } },
});
const cost = networkCost(config, { widthPx: 256, heightPx: 192, channels: 1 }, 7);

describe('the memory of a step', () => {
  it('grows by the same bytes with every frame, and is weights, gradients and three moments without any', () => {
    const [none, one, two] = [0, 1, 2].map(frames => stepMemoryBytes(cost, frames)) as [number, number, number];
    expect(none).toBe(4 * (cost.weights + 4 * cost.parameters));
    expect(Math.abs(two - one - (one - none))).toBeLessThanOrEqual(1);
    expect(one - none).toBeGreaterThanOrEqual(2 * cost.activationBytesPerFrame);
  });

  it('needs room for the sum of the gradients when a batch is taken in pieces', () => {
    expect(stepMemoryBytes(cost, 3, true) - stepMemoryBytes(cost, 3)).toBe(4 * cost.parameters);
  });
});

describe('the frames a device computes at once', () => {
  it('are the whole batch where it fits, to the byte', () => {
    expect(framesAtOnce(cost, 6, stepMemoryBytes(cost, 6))).toBe(6);
    expect(framesAtOnce(cost, 6, stepMemoryBytes(cost, 6) - 1)).toBe(3);
  });

  it('are halved as the worker halves them, rounding up, down to one', () => {
    expect(framesAtOnce(cost, 6, stepMemoryBytes(cost, 2, true))).toBe(2);
    expect(framesAtOnce(cost, 6, stepMemoryBytes(cost, 2, true) - 1)).toBe(1);
    expect(framesAtOnce(cost, 1, stepMemoryBytes(cost, 1))).toBe(1);
  });

  it('are none where not even one fits', () => {
    expect(framesAtOnce(cost, 6, stepMemoryBytes(cost, 1, true) - 1)).toBeNull();
    expect(framesAtOnce(cost, 1, 0)).toBeNull();
  });
});

describe('the split of the labelled frames', () => {
  it.each([
    [0.2, 0],
    [0.5, 0],
    [0.25, 0.25],
    [0.9, 0.05],
    [0, 0.3],
    [0.05, 0.9],
  ])('is counted as the worker deals them out: %f to validate, %f held out', (testFraction, holdoutFraction) => {
    for (let frames = 1; frames <= 60; frames++) {
      const dealt = splitFrames(frames, { testFraction, holdoutFraction, seed: 3 });
      const counted = splitCounts(frames, { test_fraction: testFraction, holdout_fraction: holdoutFraction });
      const expected = { train: dealt.train.length, validation: dealt.validation.length };
      expect(counted, `${frames} frames`).toEqual(expected);
    }
  });
});

describe('the work of an epoch', () => {
  it("has SLEAP's steps where their number is left open", () => {
    const steps = (frames: number) => stepsPerEpoch({ batch_size: 8, batches_per_epoch: null }, frames);
    expect([1, 1599, 1607, 1608, 5000].map(steps)).toEqual([200, 200, 200, 201, 625]);
    expect(stepsPerEpoch({ batch_size: 8, batches_per_epoch: 7 }, 5000)).toBe(7);
  });

  it('is three passes of every frame of its steps and one of every validation frame', () => {
    const passes = 3 * 50 * 6 + 20;
    expect(epochMultiplyAdds(cost, config, { train: 80, validation: 20 })).toBe(passes * cost.multiplyAddsPerFrame);
  });
});
