/** The training loop on a network of some hundred weights and pictures of two dots: what it learns, when it ends, how it goes on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, namedWeights, trainableWeights } from '../../gpu-worker/model/network.ts';
import { inputGeometry } from '../../gpu-worker/model/preprocess.ts';
import { encodeTensors } from '../../gpu-worker/model/weights.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { continueFrom, encodeCheckpoint, encodeWeights, restoreCheckpoint } from '../../gpu-worker/train/checkpoint.ts';
import { ExampleSource } from '../../gpu-worker/train/example-source.ts';
import type { Batch } from '../../gpu-worker/train/examples.ts';
import { fit as runFit } from '../../gpu-worker/train/fit.ts';
import { EarlyStopping, ReduceLrOnPlateau } from '../../gpu-worker/train/schedule.ts';
import type { FitEvents, Training } from '../../gpu-worker/train/training.ts';
import type { EpochRow } from '../../src/contract/model.ts';
import { type TrainingConfigInput, trainingConfigSchema } from '../../src/contract/training.ts';
import { AppError } from '../../src/errors.ts';
import { makeBatch } from '../support/examples.ts';

const SIDE_PX = 24;
const FRAMES = 13;
const KEYPOINTS = 2;

let folder: string;
let images: TrainingImages;
const points: Float32Array[] = [];

beforeAll(async () => {
  await openDevice('wasm', { threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'sleap-test-fit-'));
  const paths: string[] = [];
  for (let i = 0; i < FRAMES; i++) {
    const [x1, y1, x2, y2] = [4 + ((i * 5) % 16), 4 + ((i * 7) % 16), 4 + ((i * 11) % 16), 4 + ((i * 3) % 16)];
    // The second dot is hidden in every fourth picture.
    const hidden = i % 4 === 3;
    points.push(Float32Array.of(x1, y1, hidden ? Number.NaN : x2, hidden ? Number.NaN : y2));
    const spot = (px: number, x: number, y: number, spread: number) =>
      Math.exp(-((((px % SIDE_PX) - x) ** 2 + (Math.floor(px / SIDE_PX) - y) ** 2) / spread));
    const levels = Uint8Array.from({ length: SIDE_PX * SIDE_PX }, (_, px) =>
      Math.min(255, 40 + 200 * spot(px, x1, y1, 4) + (hidden ? 0 : 100 * spot(px, x2, y2, 12))),
    );
    paths.push(join(folder, `${i}.png`));
    const raw = { width: SIDE_PX, height: SIDE_PX, channels: 1 } as const;
    await sharp(levels, { raw }).toColourspace('b-w').png().toFile(paths[i]!);
  }
  images = await TrainingImages.open(paths, { cacheBytes: 2 ** 20, maxSidePx: 100, onRead: () => {} });
});
afterAll(() => rm(folder, { recursive: true }));

const held = () => ({ tensors: tf.memory().numTensors, buffers: (tf.backend() as BackendWasm).numDataIds() });
let before: ReturnType<typeof held>;
const open: Training[] = [];
beforeEach(() => {
  before = held();
});
afterEach(async () => {
  for (const { optimizer, network, examples } of open.splice(0)) {
    optimizer.dispose();
    network.dispose();
    await examples.close();
  }
  expect(held()).toEqual(before);
});

interface Change extends Partial<TrainingConfigInput> {
  /** Of the initial weights; the order of frames has the config's. */
  weightSeed?: number;
  keypoints?: number;
}

/** As runTraining makes it; disposed after the test. */
function makeTraining({ weightSeed = 5, keypoints = KEYPOINTS, ...change }: Change = {}): Training {
  const config = trainingConfigSchema.parse({
    test_fraction: 0.5,
    num_epochs: 2,
    learning_rate: 5e-3,
    backbone_model: 'unet',
    heads_sigma: 1.5,
    heads_output_stride: 2,
    backbone_config: { filters: 4, filters_rate: 1, max_stride: 4, up_interpolate: true },
    batch_size: 3,
    batches_per_epoch: 4,
    seed: 5,
    ...change,
  });
  const geometry = inputGeometry(images, images, config.input_scaling, config.backbone_config.max_stride);
  const network = buildNetwork({
    backbone: config,
    headsOutputStride: config.heads_output_stride,
    inputShape: [geometry.heightPx, geometry.widthPx, 1],
    keypoints,
    seed: weightSeed,
  });
  const labelled = { images, points, geometry, stride: config.heads_output_stride, sigma: config.heads_sigma };
  const split = { train: [0, 1, 2, 3, 4, 5], validation: [6, 7, 8, 9, 10, 11, 12], holdout: [] };
  const augmentation = { config: config.augmentation_config, flipPairs: [] };
  const training: Training = {
    config,
    keypoints: Array.from({ length: keypoints }, (_, k) => `dot${k}`),
    network,
    optimizer: new AmsGrad(trainableWeights(network), config.learning_rate),
    schedule: new ReduceLrOnPlateau(config.learning_rate_schedule),
    stopping: new EarlyStopping(config.early_stopping),
    labelled,
    examples: new ExampleSource(labelled, split.train, {
      batchSize: config.batch_size,
      seed: config.seed!,
      augmentation,
      threads: 1,
    }),
    split,
    position: { epoch: 0, step: 0, lossSum: 0, seconds: 0, stepsBefore: 0 },
    bestValLoss: Number.POSITIVE_INFINITY,
    microBatch: config.batch_size,
  };
  open.push(training);
  return training;
}

/** Runs to the end. `rows` are without their wall time. */
async function run(training: Training, events: Partial<FitEvents> = {}) {
  const rows: Omit<EpochRow, 'seconds'>[] = [];
  const notes: { isBest: boolean; last: boolean }[] = [];
  const outcome = await runFit(training, {
    report: () => {},
    shouldStop: async () => false,
    checkpointDue: () => false,
    checkpoint: async () => {},
    halved: async () => {},
    ...events,
    epochEnded: async ({ seconds, ...row }, metrics, now) => {
      expect(seconds).toBeGreaterThan(0);
      rows.push(row);
      notes.push(now);
      await events.epochEnded?.({ seconds, ...row }, metrics, now);
    },
  });
  return { ...outcome, rows, notes };
}

const weightsOf = async ({ network }: Training) =>
  Promise.all(namedWeights(network).map(async ({ name, tensor }) => [name, [...(await tensor.data())]]));

/** The mean squared error of these frames, added up number by number in 64 bits. */
async function lossByDefinition({ labelled, network }: Training, frames: number[]): Promise<number> {
  const { images: input, maps } = (await makeBatch(labelled, frames, null, 0)).examples(0, frames.length);
  const output = network.predict(input) as tf.Tensor;
  const [drawn, wanted] = await Promise.all([output.data<'float32'>(), maps.data<'float32'>()]);
  tf.dispose([input, maps, output]);
  return drawn.reduce((sum, value, i) => sum + (value - wanted[i]!) ** 2, 0) / drawn.length;
}

describe('a training', () => {
  it('lowers the loss within a few dozen steps, on frames it has seen and on others', async () => {
    const { rows, notes, stopped } = await run(makeTraining({ num_epochs: 6, batches_per_epoch: 12 }));
    expect(rows.map(row => row.epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rows[5]!.loss).toBeLessThan(0.6 * rows[0]!.loss);
    expect(rows[5]!.val_loss).toBeLessThan(0.8 * rows[0]!.val_loss);
    expect(stopped).toBe(false);
    expect(notes.map(now => now.last)).toEqual([false, false, false, false, false, true]);
    // Best: lower than everything before.
    rows.forEach((row, i) => {
      expect(notes[i]!.isBest).toBe(rows.slice(0, i).every(earlier => row.val_loss < earlier.val_loss));
    });
  });

  it('gives the mean squared error of the whole map as its first loss', async () => {
    const training = makeTraining({ num_epochs: 1, batches_per_epoch: 1, batch_size: 6 });
    const expected = await lossByDefinition(training, training.split.train);
    const { rows } = await run(training);
    expect(Math.abs(rows[0]!.loss - expected)).toBeLessThan(1e-6);
  });

  it('is the same twice for one seed, and another for another', async () => {
    const [first, second] = [await run(makeTraining()), await run(makeTraining())];
    expect(second.rows).toEqual(first.rows);
    expect((await run(makeTraining({ seed: 6 }))).rows).not.toEqual(first.rows);
  });

  it('counts its steps, and with them the order of frames, on from one epoch to the next', async () => {
    const training = makeTraining({ num_epochs: 3, batches_per_epoch: 3, batch_size: 4 });
    training.split.validation = [12];
    const asked = vi.spyOn(training.examples, 'training');
    await run(training);
    expect(asked.mock.calls.flat()).toEqual(Array.from({ length: 9 }, (_, step) => step));
  });

  it('takes 200 steps an epoch unless told otherwise, as SLEAP does', async () => {
    let total = 0;
    const report: FitEvents['report'] = (_, progress) => {
      if (progress?.unit === 'steps') total = progress.total!;
    };
    await run(makeTraining({ batches_per_epoch: null }), { report, shouldStop: async () => total > 0 });
    expect(total).toBe(200);
  });

  it('holds no more tensors after a step than before it', async () => {
    const counts = new Set<number>();
    await run(makeTraining({ batches_per_epoch: 5 }), { report: () => void counts.add(tf.memory().numTensors) });
    expect(counts.size).toBe(1);
  });
});

describe('the validation loss', () => {
  it('counts every validation frame once, whatever the batch size', async () => {
    const losses: number[] = [];
    for (const batchSize of [1, 2, 5]) {
      const training = makeTraining({ num_epochs: 1, batches_per_epoch: 1, batch_size: batchSize });
      training.optimizer.setLearningRate(0); // the weights stay as they are
      const { rows } = await run(training);
      losses.push(rows[0]!.val_loss);
    }
    const training = makeTraining();
    const expected = await lossByDefinition(training, training.split.validation);
    for (const loss of losses) expect(Math.abs(loss - expected)).toBeLessThan(1e-6);
  });
});

describe('a loss that is no number', () => {
  /** Every weight of the layers whose name matches. */
  const spoil = ({ network }: Training, layer: RegExp) => {
    for (const { tensor } of namedWeights(network).filter(({ name }) => layer.test(name)))
      tf.tidy(() => tensor.assign(tf.fill(tensor.shape, Number.NaN)));
  };

  it('ends the training at once and says where and at which learning rate', async () => {
    const training = makeTraining({ num_epochs: 3, batches_per_epoch: 4 });
    let steps = 0;
    const done = run(training, {
      report: (_, progress) => {
        if (progress?.unit === 'steps' && ++steps === 6) spoil(training, /./);
      },
    });
    await expect(done).rejects.toMatchObject({
      code: 'nan_loss',
      message: expect.stringMatching(/loss.* NaN.* epoch 1, step 2\b.* learning rate 0\.005\b/),
      remedy: expect.stringContaining('learning_rate'),
    });
    expect(steps).toBe(6);
  });

  it.each([
    ['of the validation', /Head/],
    ['that a rectifier hides, since NaN weights below it give 0 on the CPU,', /enc0_conv0/],
  ])('%s is noticed before anything is saved', async (_, layer) => {
    const training = makeTraining({ batches_per_epoch: 4 });
    const epochEnded = vi.fn();
    const done = run(training, {
      report: phase => {
        if (phase === 'validating') spoil(training, layer);
      },
      epochEnded,
    });
    await expect(done).rejects.toMatchObject({ code: 'nan_loss', message: expect.stringMatching(/NaN in epoch 0/) });
    expect(epochEnded).not.toHaveBeenCalled();
  });
});

describe('memory that runs out', () => {
  /** As a device that holds `most` frames at once. */
  const limit = (training: Training, most: number) => {
    const { examples } = training;
    const limited = (batch: Batch) => {
      const whole = batch.examples.bind(batch);
      batch.examples = (from, to) => {
        if (to - from > most) throw new AppError('out_of_memory', 'full');
        return whole(from, to);
      };
      return batch;
    };
    const source = {
      training: async (step: number) => limited(await examples.training(step)),
      validation: async function* (frames: readonly number[], batchSize: number) {
        for await (const batch of examples.validation(frames, batchSize)) yield limited(batch);
      },
    };
    return { ...training, examples: source as ExampleSource };
  };

  it('halves the batch until it fits, says so, and takes the same steps', async () => {
    const settings: Change = { batch_size: 5, num_epochs: 2 };
    const whole = await run(makeTraining(settings));
    const halved: number[] = [];
    const pieces = await run(limit(makeTraining(settings), 2), { halved: async to => void halved.push(to) });
    expect(halved).toEqual([3, 2]);
    for (const [i, row] of pieces.rows.entries()) {
      expect(Math.abs(row.loss / whole.rows[i]!.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(row.val_loss / whole.rows[i]!.val_loss - 1)).toBeLessThan(1e-5);
    }
  });

  it('for a single frame fails, and leaves no tensor behind', async () => {
    await expect(run(limit(makeTraining(), 0))).rejects.toMatchObject({ code: 'out_of_memory' });
  });
});

describe('a request to stop', () => {
  it.each([0, 1, 3, 4, 6])('after %d steps takes no further one', async stopAfter => {
    const training = makeTraining({ num_epochs: 5, batches_per_epoch: 4 });
    let steps = 0;
    const { stopped, looseSteps, rows } = await run(training, {
      report: (_, progress) => {
        if (progress?.unit === 'steps') steps++;
      },
      shouldStop: async () => steps === stopAfter,
    });
    expect(steps).toBe(stopAfter);
    // The fourth step ends an epoch whose validation is not waited for.
    expect({ stopped, looseSteps }).toEqual({ stopped: true, looseSteps: stopAfter === 4 ? 4 : stopAfter % 4 });
    expect(rows).toHaveLength(stopAfter > 4 ? 1 : 0);
  });

  it('is looked for before every step and every validation batch', async () => {
    const log: string[] = [];
    await run(makeTraining({ num_epochs: 1, batches_per_epoch: 3, batch_size: 3 }), {
      shouldStop: async () => {
        log.push('asked');
        return false;
      },
      report: (phase, progress) => {
        if (progress && progress.done > 0) log.push(phase);
      },
    });
    expect(log).toEqual([
      ...new Array(3).fill(['asked', 'training']).flat(),
      ...new Array(3).fill(['asked', 'validating']).flat(),
    ]);
  });

  it('that throws leaves at once and leaves no tensor behind', async () => {
    const training = makeTraining();
    let asked = 0;
    const leaving = run(training, {
      shouldStop: async () => {
        if (++asked === 3) throw new Error('canceled');
        return false;
      },
    });
    await expect(leaving).rejects.toThrow('canceled');
  });
});

/** No fall of the loss is large enough to count: the rate is halved and the end comes early. */
const RESTLESS: Change = {
  num_epochs: 6,
  learning_rate_schedule: { plateau_min_delta: 10, plateau_patience: 1, plateau_cooldown: 2 },
  early_stopping: { plateau_min_delta: 10, plateau_patience: 3 },
};

describe('a checkpoint', () => {
  it('after epoch 2 of 4 gives the remaining epochs of the unbroken run, bit for bit, up to the same early end', async () => {
    const unbroken = makeTraining(RESTLESS);
    const checkpoints: Uint8Array[] = [];
    const whole = await run(unbroken, {
      epochEnded: async (_row, _metrics, { last }) => {
        checkpoints.push(await encodeCheckpoint(unbroken, { finished: last }));
      },
    });
    expect(whole.rows.map(row => row.lr)).toEqual([5e-3, 5e-3, 2.5e-3, 2.5e-3]);
    expect(whole.notes.at(-1)!.last).toBe(true);

    // Other initial weights: everything has to come from the checkpoint.
    const resumed = makeTraining({ ...RESTLESS, weightSeed: 99 });
    const state = restoreCheckpoint(resumed, checkpoints[1]!);
    expect(state).toMatchObject({ finished: false });
    expect(resumed.position).toMatchObject({ epoch: 2, step: 0 });
    expect(resumed.schedule.state).toEqual({ best: whole.rows[0]!.val_loss, wait: 0, cooldown: 2 });
    expect(resumed.stopping.state).toEqual({ best: whole.rows[0]!.val_loss, wait: 1, epochs: 2 });
    const rest = await run(resumed);
    expect(rest.rows).toEqual(whole.rows.slice(2));
    expect(rest.notes).toEqual(whole.notes.slice(2));
    expect(resumed.bestValLoss).toBe(unbroken.bestValLoss);
    expect(await weightsOf(resumed)).toEqual(await weightsOf(unbroken));
    expect(await resumed.optimizer.state()).toEqual(await unbroken.optimizer.state());
  });

  it.each([1, 6, 8, 11])(
    'made after %i steps, in mid-epoch or before a validation, gives the unbroken curve',
    async steps => {
      const settings: Change = { num_epochs: 3, augmentation_config: { rotate: true, brightness: true } };
      const whole = await run(makeTraining(settings));

      const killed = makeTraining(settings);
      let bytes: Uint8Array | null = null;
      let taken = 0;
      const before: Omit<EpochRow, 'seconds'>[] = [];
      const dying = run(killed, {
        report: (_, progress) => void (progress?.unit === 'steps' && taken++),
        shouldStop: async () => {
          if (taken < steps) return false;
          bytes = await encodeCheckpoint(killed, { finished: false });
          throw new Error('killed');
        },
        epochEnded: async ({ seconds: _, ...row }) => void before.push(row),
      });
      await expect(dying).rejects.toThrow('killed');

      const resumed = makeTraining({ ...settings, weightSeed: 99 });
      restoreCheckpoint(resumed, bytes!);
      expect([...before, ...(await run(resumed)).rows]).toEqual(whole.rows);
    },
  );

  it('lets another training go on with the optimiser and the order of frames: six epochs are two and four', async () => {
    const whole = await run(makeTraining({ num_epochs: 6 }));
    const first = makeTraining({ num_epochs: 2 });
    const firstRows = (await run(first)).rows;
    const second = makeTraining({ num_epochs: 4, weightSeed: 99 });
    continueFrom(second, await encodeCheckpoint(first, { finished: true }));
    const rest = (await run(second)).rows.map(row => ({ ...row, epoch: row.epoch + 2 }));
    expect([...firstRows, ...rest]).toEqual(whole.rows);
  });

  it('of the last epoch says that nothing but the evaluation is left', async () => {
    const training = makeTraining();
    training.position.epoch = 2;
    training.bestValLoss = 0.25;
    const bytes = await encodeCheckpoint(training, { finished: true });
    const again = makeTraining();
    expect(restoreCheckpoint(again, bytes)).toMatchObject({ finished: true });
    expect(again).toMatchObject({ position: { epoch: 2 }, bestValLoss: 0.25 });
    expect((await run(again)).rows).toEqual([]);
  });

  const backbone = { filters: 4, filters_rate: 1, max_stride: 4, up_interpolate: true };
  it.each<[string, Change]>([
    ['keypoints', { keypoints: 3 }],
    ['filters', { backbone_config: { ...backbone, filters: 5 } }],
    ['layers at the deep end', { backbone_config: { ...backbone, max_stride: 8 } }],
    ['upsampling', { backbone_config: { ...backbone, up_interpolate: false } }],
    ['fewer layers, all of them in the checkpoint', { heads_output_stride: 4 }],
  ])('of a network with other %s is refused, and the network stays as it was', async (_, change) => {
    const bytes = await encodeCheckpoint(makeTraining(), { finished: false });
    const other = makeTraining({ ...change, weightSeed: 7 });
    const weights = await weightsOf(other);
    expect(() => restoreCheckpoint(other, bytes)).toThrow(expect.objectContaining({ code: 'checkpoint_invalid' }));
    expect(await weightsOf(other)).toEqual(weights);
    expect(other).toMatchObject({ position: { epoch: 0 }, bestValLoss: Number.POSITIVE_INFINITY });
  });

  it('is more than weights, and more than text that looks like its state', async () => {
    const training = makeTraining();
    const tensors = namedWeights(training.network);
    for (const bytes of [
      await encodeWeights(training),
      await encodeTensors(tensors, { training: '{"position": 1}' }),
      await encodeTensors(tensors, { training: 'no JSON' }),
      new Uint8Array(20),
    ]) {
      expect(() => restoreCheckpoint(training, bytes)).toThrow(expect.objectContaining({ code: 'checkpoint_invalid' }));
    }
  });
});
