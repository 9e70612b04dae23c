import { describe, expect, it } from 'vitest';
import type { ModelResource } from '../../src/contract/model.ts';
import { networkCost } from '../../src/contract/network-cost.ts';
import { epochMultiplyAdds } from '../../src/contract/network-cost-training.ts';
import { type TrainingConfigInput, trainingConfigSchema } from '../../src/contract/training.ts';
import { type TrainingSpeed, trainingSpeed, trainingTime } from '../../src/contract/training-speed.ts';

const GPU = 'NVIDIA H100 (webgpu, f16)';
const CPU = 'CPU, wasm SIMD, 2 threads';
const FRAMES = { train: 90, validation: 10, holdout: 0 };
const IMAGE = { widthPx: 128, heightPx: 96, channels: 1 as const };

const configOf = (change: Partial<TrainingConfigInput> = {}) =>
  trainingConfigSchema.parse({
    ...{ test_fraction: 0.1, num_epochs: 20, learning_rate: 1e-3, backbone_model: 'unet' },
    ...{ heads_sigma: 1, heads_output_stride: 4, batch_size: 4 },
    ...change,
  });

/** As much of a model as its speed is told from. */
function modelOf(change: Partial<ModelResource> = {}): ModelResource {
  return {
    origin: 'training',
    device: GPU,
    keypoints: ['nose', 'tail'],
    frames: FRAMES,
    input: { width_px: 128, height_px: 96, channels: 1, frozen: false },
    last_epoch: { epoch: 4, loss: 1, val_loss: 1, lr: 1e-3, seconds: 8 },
    ...change,
  } as ModelResource;
}

const speed = (multiplyAddsPerSecond: number, change: Partial<TrainingSpeed> = {}): TrainingSpeed => ({
  ...{ device: GPU, backbone: 'unet', precision: 'fp32', multiplyAddsPerSecond },
  ...change,
});

/** How long a training of this takes that does 1e9 multiply-adds a second, an epoch. */
function planOf(config = configOf()) {
  const cost = networkCost(config, IMAGE, 2);
  return { plan: { config, cost, frames: FRAMES }, seconds: epochMultiplyAdds(cost, config, FRAMES) / 1e9 };
}

describe('the speed of a past training', () => {
  it('is the work of an epoch over its seconds', () => {
    const config = configOf();
    const work = epochMultiplyAdds(networkCost(config, IMAGE, 2), config, FRAMES);
    const expected = { device: GPU, backbone: 'unet', precision: 'fp32' };
    expect(trainingSpeed(modelOf(), config)).toEqual({ ...expected, multiplyAddsPerSecond: work / 8 });
    expect(trainingSpeed(modelOf(), config, 16)).toEqual({ ...expected, multiplyAddsPerSecond: work / 16 });
  });

  it('is that of a network whose encoder was frozen, if it was, whatever was asked for', () => {
    const config = configOf({ backbone_model: 'resnet', backbone_config: { weights: 'frozen' } });
    const of = (frozen: boolean) =>
      trainingSpeed(modelOf({ input: { ...modelOf().input!, frozen } }), config)!.multiplyAddsPerSecond;
    expect(of(true)).toBeLessThan(0.8 * of(false));
  });

  it.each<[string, Partial<ModelResource>]>([
    ['an imported model', { origin: 'import' }],
    ['one whose device is not known', { device: null }],
    ['one whose dataset was not read yet', { input: null, frames: null, keypoints: null }],
    ['one whose first epoch is not over', { last_epoch: null }],
    ['one without the size of its images', { input: { ...modelOf().input!, width_px: null } }],
  ])('is not told of %s', (_, change) => {
    expect(trainingSpeed(modelOf(change), configOf())).toBeNull();
  });
});

describe('the time of a training to come', () => {
  it('is not known where nothing was trained, or only on another device', () => {
    const { plan } = planOf();
    expect(trainingTime(plan, GPU, [])).toBeNull();
    expect(trainingTime(plan, GPU, [speed(1e9, { device: CPU })])).toBeNull();
  });

  it('is its work over the median of the newest five with its backbone and precision', () => {
    const { plan, seconds } = planOf();
    const others = [
      speed(7e9, { device: CPU }),
      speed(7e9, { backbone: 'resnet' }),
      speed(7e9, { precision: 'mixed' }),
    ];
    const newest = [speed(4e9), speed(1e9), speed(2e9), speed(9e9), speed(1e8)];
    const time = trainingTime(plan, GPU, [...others, ...newest, speed(1e12), speed(1e12)])!;
    expect(time).toMatchObject({ trainings: 5, isSameKind: true });
    expect(time.secondsPerEpoch).toBeCloseTo(seconds / 2, 9);
    expect(time.seconds).toBeCloseTo((20 * seconds) / 2, 9);
  });

  it('is told from other backbones on the same device where there are no such', () => {
    const { plan, seconds } = planOf();
    const time = trainingTime(plan, GPU, [speed(1e9, { backbone: 'leap' }), speed(3e9, { precision: 'mixed' })])!;
    expect(time).toMatchObject({ trainings: 2, isSameKind: false });
    expect(time.secondsPerEpoch).toBeCloseTo(seconds / 2, 9);
  });
});
