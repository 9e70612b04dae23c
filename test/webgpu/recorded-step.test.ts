/** Trainings whose steps are recorded: the numbers of eager ones, whatever happens in between. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { webGpuBackend } from '../../gpu-worker/device/tfjs-webgpu.ts';
import { namedWeights } from '../../gpu-worker/model/network.ts';
import { encodeCheckpoint, restoreCheckpoint } from '../../gpu-worker/train/checkpoint.ts';
import { RecordedSteps } from '../../gpu-worker/train/recorded-step.ts';
import { HostFrames } from '../../gpu-worker/train/step-frames.ts';
import '../support/seldom-asked.ts';
import { eagerly, lossesOf, numbersOf, record } from '../support/steps.ts';
import { type Change, run, useTinyTrainings } from '../support/tiny-training.ts';

const makeTraining = useTinyTrainings('webgpu');

const UNET: Change = {
  backbone_config: { filters: 2, filters_rate: 1, max_stride: 4, up_interpolate: true },
  batch_size: 2,
};
const MIXED: Change = { ...UNET, precision: 'mixed' };
/** With batch normalisation, and a loss for each of two stacks. */
const HOURGLASS: Change = {
  backbone_model: 'hourglass',
  backbone_config: { stem_filters: 2, filters: 2, filter_increase: 0, max_stride: 4, stacks: 2 },
  batch_size: 2,
};

/** The first of the file, so that there is something to compile: the later ones have its shaders. */
describe('a training whose shaders nobody has needed before', () => {
  it('compiles before its first step, and holds no more tensors after a step than before it', async () => {
    const held = new Set<number>();
    const phases: string[] = [];
    await run(makeTraining({ ...UNET, num_epochs: 1, batches_per_epoch: 3 }), {
      report: phase => {
        if (phase !== phases.at(-1)) phases.push(phase);
        if (phase === 'training') held.add(tf.memory().numTensors);
      },
    });
    expect(phases).toEqual(['compiling', 'training', 'validating', 'saving the checkpoint']);
    expect(held.size).toBe(1);
  });
});

describe('recorded steps', () => {
  it.each([
    ['a U-Net', UNET],
    [
      'a network with batch normalisation whose frames are scaled, with hard keypoints',
      { ...HOURGLASS, input_scaling: 0.5, hard_keypoint_mining: { online_mining: true } },
    ],
  ])('of %s give the losses and the weights of eager ones, bit for bit', async (_, change: Change) => {
    const [eager, recorded] = [makeTraining(change), makeTraining(change)];
    const expected = await lossesOf(eagerly(eager), 5);
    const progress: number[] = [];
    const steps = await record(recorded, (phase, at) => {
      expect(phase).toBe('compiling');
      progress.push(at!.done);
    });
    expect(await lossesOf(steps, 5)).toEqual(expected);
    expect(await numbersOf(recorded)).toEqual(await numbersOf(eager));
    expect(progress).toEqual(progress.map((_, done) => done));
  });

  it('in mixed precision follow those of float32, eager and recorded alike', async () => {
    const [full, eager, recorded] = [makeTraining(UNET), makeTraining(MIXED), makeTraining(MIXED)];
    const expected = await lossesOf(eagerly(full), 5);
    const mixed = await lossesOf(eagerly(eager), 5);
    expect(await lossesOf(await record(recorded), 5)).toEqual(mixed);
    expect(mixed).not.toEqual(expected);
    for (const [step, loss] of mixed.entries()) expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-3);
  });

  it('have the frames of the host, from its threads or gathered on the device', async () => {
    const augmented = { ...UNET, augmentation_config: { rotate: true, brightness: true, gaussian_noise: true } };
    const [fromThreads, eager, gathered] = [makeTraining(augmented), makeTraining(augmented), makeTraining(augmented)];
    const { labelled, examples } = fromThreads;
    const uploading = await RecordedSteps.open(
      fromThreads,
      () => new HostFrames(labelled, examples, 2),
      () => {},
    );
    const expected = await lossesOf(eagerly(eager), 3);
    expect(await lossesOf(uploading, 3)).toEqual(expected);
    // A level more or less in a few pixels.
    for (const [step, loss] of (await lossesOf(await record(gathered), 3)).entries())
      expect(Math.abs(loss / expected[step]! - 1)).toBeLessThan(1e-4);
  });

  it('hand out each loss one step later, and the last one when they settle', async () => {
    const training = makeTraining(UNET);
    const steps = await record(training);
    expect(steps.underWay).toBe(0);
    expect(await steps.take(0)).toEqual([]);
    expect(steps.underWay).toBe(1);
    expect(await steps.take(1)).toHaveLength(1);
    expect(await steps.settle()).toHaveLength(1);
    expect(steps.underWay).toBe(0);
    expect(await steps.settle()).toEqual([]);
    steps.dispose();
  });

  it('give all their memory back', async () => {
    const training = makeTraining(UNET);
    const { bufferManager: pool } = webGpuBackend();
    const held = [];
    for (let i = 0; i < 2; i++) {
      await lossesOf(await record(training), 2);
      held.push([tf.memory().numTensors, pool.getNumUsedBuffers()]);
    }
    expect(held[1]).toEqual(held[0]);
  });
});

describe('a training on a GPU', () => {
  const settings: Change = { ...UNET, num_epochs: 2, batches_per_epoch: 3 };

  it('that is cut in mid-epoch goes on to the curve of the unbroken one', async () => {
    const whole = await run(makeTraining(settings));
    expect(whole.rows).toHaveLength(2);
    const killed = makeTraining(settings);
    let bytes: Uint8Array | null = null;
    let asked = 0;
    const dying = run(killed, {
      shouldStop: async settle => {
        if (++asked < 3) return false;
        await settle();
        expect(killed.position.step).toBe(2);
        bytes = await encodeCheckpoint(killed, { finished: false });
        throw new Error('killed');
      },
    });
    await expect(dying).rejects.toThrow('killed');
    const resumed = makeTraining({ ...settings, weightSeed: 99 });
    restoreCheckpoint(resumed, bytes!);
    expect((await run(resumed)).rows).toEqual(whole.rows);
  });

  it('makes its checkpoints when no step is under way', async () => {
    const training = makeTraining(settings);
    const steps: number[] = [];
    await run(training, {
      checkpointDue: () => true,
      checkpoint: async () => {
        steps.push(training.position.step);
        expect((await training.optimizer.state()).step).toBe(3 * training.position.epoch + training.position.step);
      },
    });
    expect(steps).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('tells in which step the loss became no number', async () => {
    const training = makeTraining({ ...settings, batches_per_epoch: 5 });
    const done = run(training, {
      report: (phase, progress) => {
        // While the loss of step 1 comes in, step 2 is under way with good weights.
        if (phase !== 'training' || progress!.done !== 2) return;
        for (const { tensor } of namedWeights(training.network))
          tf.tidy(() => tensor.assign(tf.fill(tensor.shape, Number.NaN)));
      },
    });
    await expect(done).rejects.toMatchObject({
      code: 'nan_loss',
      message: expect.stringContaining('epoch 0, step 3,'),
    });
  });

  it('stops with the steps that it took', async () => {
    const training = makeTraining(settings);
    let asked = 0;
    const { stopped, looseSteps } = await run(training, { shouldStop: async () => ++asked === 3 });
    expect({ stopped, looseSteps }).toEqual({ stopped: true, looseSteps: 2 });
    expect((await training.optimizer.state()).step).toBe(2);
  });

  it('gives up the images on the device before it halves its batch', async () => {
    const { bufferManager: pool } = webGpuBackend();
    pool.trim();
    Object.assign(pool, { peakBytesAllocated: 0 });
    const whole = await run(makeTraining({ ...settings, num_epochs: 1 }));
    pool.trim();
    Object.assign(pool, { ceiling: 0.9 * pool.peakBytesAllocated });
    const halved: number[] = [];
    const fromHost = await run(makeTraining({ ...settings, num_epochs: 1 }), {
      halved: async to => void halved.push(to),
    }).finally(() => Object.assign(pool, { ceiling: Number.POSITIVE_INFINITY }));
    expect(halved).toEqual([]);
    expect(fromHost.rows[0]!.loss).toBe(whole.rows[0]!.loss);
  });

  it('halves its batch when the memory has a ceiling, says so, and takes the same steps', async () => {
    const { bufferManager: pool } = webGpuBackend();
    // Images on the device would be given up first.
    const fromHost = (change: Change) => {
      const training = makeTraining(change);
      const { images } = training.labelled;
      const labelled = { ...training.labelled, images: { ...images, stored: { ...images.stored, kept: [] } } };
      labelled.images.scaleOf = i => images.scaleOf(i);
      return Object.assign(training, { labelled });
    };
    pool.trim();
    Object.assign(pool, { peakBytesAllocated: 0 });
    const whole = await run(fromHost({ ...settings, num_epochs: 1 }));
    pool.trim();
    Object.assign(pool, { ceiling: 0.75 * pool.peakBytesAllocated });
    const halved: number[] = [];
    const pieces = await run(fromHost({ ...settings, num_epochs: 1 }), {
      halved: async to => void halved.push(to),
    }).finally(() => Object.assign(pool, { ceiling: Number.POSITIVE_INFINITY }));
    expect(halved).toEqual([1]);
    expect(Math.abs(pieces.rows[0]!.loss / whole.rows[0]!.loss - 1)).toBeLessThan(1e-5);
  });
});
