/** Trainings that end within a second: a network of some hundred weights on pictures of two dots, as runTraining makes them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, trainableWeights } from '../../gpu-worker/model/network.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import { ExampleSource } from '../../gpu-worker/train/example-source.ts';
import { fit as runFit } from '../../gpu-worker/train/fit.ts';
import { EarlyStopping, ReduceLrOnPlateau } from '../../gpu-worker/train/schedule.ts';
import type { FitEvents, Training } from '../../gpu-worker/train/training.ts';
import { inputGeometry } from '../../src/contract/frame-geometry.ts';
import type { EpochRow } from '../../src/contract/model.ts';
import { type TrainingConfigInput, trainingConfigSchema } from '../../src/contract/training.ts';
import { expectNoTensorsLeft } from './tensor-leaks.ts';

const SIDE_PX = 24;
const FRAMES = 13;
const KEYPOINTS = 2;

export interface Change extends Partial<TrainingConfigInput> {
  /** Of the initial weights; the order of frames has the config's. */
  weightSeed?: number;
  keypoints?: number;
}

/** Opens the device and draws the pictures, before the tests of the file. @returns how to make a training; it is disposed after its test. */
export function useTinyTrainings(backend: 'wasm' | 'webgpu' = 'wasm'): (change?: Change) => Training {
  let folder: string;
  let images: TrainingImages;
  const points: Float32Array[] = [];
  beforeAll(async () => {
    await openDevice(backend, { threads: 1 });
    folder = await mkdtemp(join(tmpdir(), 'sleap-test-fit-'));
    images = await TrainingImages.open(await drawDots(folder, points), {
      cacheBytes: 2 ** 20,
      maxSidePx: 100,
      onRead: () => {},
    });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const open: Training[] = [];
  expectNoTensorsLeft();
  afterEach(async () => {
    for (const { optimizer, network, examples } of open.splice(0)) {
      optimizer.dispose();
      network.dispose();
      await examples.close();
    }
  });
  return change => {
    const training = makeTraining(images, points, change);
    open.push(training);
    return training;
  };
}

/** Writes the pictures and fills `points`. @returns the pictures' paths. */
async function drawDots(folder: string, points: Float32Array[]): Promise<string[]> {
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
  return paths;
}

function makeTraining(
  images: TrainingImages,
  points: Float32Array[],
  { weightSeed = 5, keypoints = KEYPOINTS, ...change }: Change = {},
): Training {
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
  return {
    config,
    keypoints: Array.from({ length: keypoints }, (_, k) => `dot${k}`),
    network,
    seed: config.seed!,
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
}

/** Runs to the end. `rows` are without their wall time. */
export async function run(training: Training, events: Partial<FitEvents> = {}) {
  const rows: Omit<EpochRow, 'seconds'>[] = [];
  const notes: { isBest: boolean; last: boolean }[] = [];
  const outcome = await runFit(training, {
    report: () => {},
    shouldStop: async () => false,
    checkpointDue: () => false,
    checkpoint: async () => {},
    note: () => {},
    halved: async () => {},
    ...events,
    epochEnded: async ({ seconds, ...row }, validation, now) => {
      expect(seconds).toBeGreaterThan(0);
      rows.push(row);
      notes.push(now);
      await events.epochEnded?.({ seconds, ...row }, validation, now);
    },
  });
  return { ...outcome, rows, notes };
}
