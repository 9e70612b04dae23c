/**
 * What the examples of a training cost, and what the threads that draw them ahead hide of it, on the CPU: gray frames of 640 x 480 with 13
 * keypoints, a small unet. Both ways run in turns, so that a busy machine slows both. A table, then one line of JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { TrainingOrder } from '../../gpu-worker/data/order.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { buildNetwork, runNetwork, trainableWeights } from '../../gpu-worker/model/network.ts';
import { AmsGrad } from '../../gpu-worker/train/amsgrad.ts';
import type { LabelledImages } from '../../gpu-worker/train/example-plan.ts';
import { ExampleSource } from '../../gpu-worker/train/example-source.ts';
import type { Batch } from '../../gpu-worker/train/examples.ts';
import { trainStep } from '../../gpu-worker/train/step.ts';
import { augmentationConfigSchema } from '../../src/contract/augmentation.ts';
import { inputGeometry } from '../../src/contract/frame-geometry.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { makeBatch } from '../support/examples.ts';

const [WIDTH_PX, HEIGHT_PX, KEYPOINTS, FRAMES, BATCH, SEED] = [640, 480, 13, 24, 4, 1];
const ROUNDS = 5;
const STEPS_PER_TURN = 3;
const BESIDE_MS = 80;
/** Lets threads finish what they draw ahead before the other way has its turn. */
const PAUSE_MS = 300;

const NOTHING = augmentationConfigSchema.parse({});
const USUAL = augmentationConfigSchema.parse({ rotate: true, scale: true, brightness: true });
const EVERYTHING = augmentationConfigSchema.parse({
  ...{ random_flip: true, rotate: true, scale: true, translate: true },
  ...{ contrast: true, brightness: true, uniform_noise: true, gaussian_noise: true },
});

const device = await openDevice('wasm');
const folder = await mkdtemp(join(tmpdir(), 'sleap-bench-examples-'));
const paths = await Promise.all(
  Array.from({ length: FRAMES }, async (_, i) => {
    const path = join(folder, `${i}.png`);
    const levels = Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX }, (_, at) => (at * (i + 3) + (at >> 7)) % 200);
    const raw = { width: WIDTH_PX, height: HEIGHT_PX, channels: 1 } as const;
    await sharp(levels, { raw }).toColourspace('b-w').png().toFile(path);
    return path;
  }),
);

const open = (cacheBytes: number) => TrainingImages.open(paths, { cacheBytes, maxSidePx: 1000, onRead: () => {} });
const images = { memory: await open(2 ** 30), files: await open(0) };
const points = paths.map((_, i) =>
  Float32Array.from({ length: 2 * KEYPOINTS }, (_, k) => 20 + ((i * 37 + k * 53) % (HEIGHT_PX - 40))),
);
const labelledIn = (where: keyof typeof images): LabelledImages => ({
  images: images[where],
  points,
  geometry: inputGeometry(images[where], images[where], 0.5, 8),
  ...{ stride: 2, sigma: 2.5 },
});
const labelled = labelledIn('memory');
const frames = [...paths.keys()];
const order = new TrainingOrder(frames, BATCH, SEED);
const augmentation = (config: typeof NOTHING) => ({ config, flipPairs: [] });
const inThisThread = (changes: typeof NOTHING, step: number, from = labelled) =>
  makeBatch(from, order.batch(step), { ...augmentation(changes), seed: SEED }, step);

const config = trainingConfigSchema.parse({
  ...{ test_fraction: 0.1, num_epochs: 1, learning_rate: 1e-4, heads_sigma: 2.5, heads_output_stride: 2 },
  ...{ backbone_model: 'unet', backbone_config: { filters: 4, filters_rate: 1.5, max_stride: 8 } },
});
const network = buildNetwork({
  backbone: config,
  headsOutputStride: labelled.stride,
  inputShape: [labelled.geometry.heightPx, labelled.geometry.widthPx, 1],
  keypoints: KEYPOINTS,
  seed: SEED,
});
const stepper = {
  config,
  network,
  optimizer: new AmsGrad(trainableWeights(network), config.learning_rate),
  microBatch: BATCH,
};
const learn = (batch: Batch) => trainStep(stepper, batch, async () => {});
async function lookAt(batch: Batch): Promise<void> {
  const output = tf.tidy(() => runNetwork(network, batch.examples(0, batch.size).images).at(-1)!);
  await output.data();
  output.dispose();
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Case {
  case: string;
  what: string;
  ms: number;
  /** The other way, in turns with it. */
  peer?: string;
  peer_ms?: number;
  /** peer_ms / ms: above 1 the threads gain. */
  ratio?: number;
}
const cases: Case[] = [];

for (const [what, changes, from] of [
  ['as they are, from memory', NOTHING, labelled],
  ['as they are, from files', NOTHING, labelledIn('files')],
  ['rotation, scale, brightness', USUAL, labelled],
  ['every augmentation', EVERYTHING, labelled],
] as const) {
  await inThisThread(changes, 0, from);
  const times: number[] = [];
  for (let step = 1; step < 8; step++) times.push(await msOf(() => inThisThread(changes, step, from)));
  cases.push({ case: 'a batch', what, ms: median(times) });
}

/** A device that computes beside the processor, as a GPU does: only the clock runs. */
const beside = async () => void (await setTimeout(BESIDE_MS));
await learn(await inThisThread(NOTHING, 0));
for (const [what, changes] of [
  ['as they are', NOTHING],
  ['every augmentation', EVERYTHING],
] as const) {
  const threads = 1;
  const settings = { batchSize: BATCH, seed: SEED, augmentation: augmentation(changes), threads };
  const source = new ExampleSource(labelled, frames, settings);
  const first = await msOf(() => source.training(0));
  cases.push({ case: 'the first batch, with its thread', what, ms: first });
  let step = 1;
  const ahead = () => source.training(step++);
  const own = () => inThisThread(changes, step);
  await inTurns(`${what}, step on the CPU`, { ahead, own, compute: learn });
  await inTurns(`${what}, step of ${BESIDE_MS} ms beside it`, { ahead, own, compute: beside });

  if (changes === NOTHING) {
    const own: number[] = [];
    const ahead: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const validateOwn = async () => {
        for (let at = 0; at < FRAMES; at += BATCH) {
          await lookAt(await makeBatch(labelled, frames.slice(at, at + BATCH), null, 0));
        }
      };
      const validateAhead = async () => {
        for await (const batch of source.validation(frames, BATCH)) await lookAt(batch);
      };
      own.push(await msOf(validateOwn));
      ahead.push(await msOf(validateAhead));
    }
    compare('a validation', `of ${FRAMES} frames`, ahead, own);
  }
  await source.close();
}

/** Steps whose batch is waited for or made, in turns, and the waiting alone. */
async function inTurns(
  what: string,
  way: { ahead: () => Promise<Batch>; own: () => Promise<Batch>; compute: (batch: Batch) => Promise<unknown> },
): Promise<void> {
  const [steps, waits] = [
    { ahead: [] as number[], own: [] as number[] },
    { ahead: [] as number[], own: [] as number[] },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of ['own', 'ahead'] as const) {
      // The first step of a turn finds more made ahead than a long run would.
      for (let i = 0; i <= STEPS_PER_TURN; i++) {
        const startedMs = performance.now();
        const batch = await way[side]();
        const waitedMs = performance.now() - startedMs;
        await way.compute(batch);
        if (i === 0) continue;
        waits[side].push(waitedMs);
        steps[side].push(performance.now() - startedMs);
      }
      await setTimeout(PAUSE_MS);
    }
  }
  compare('a step', what, steps.ahead, steps.own);
  compare('of it, waiting for its batch', what, waits.ahead, waits.own);
}

function compare(name: string, what: string, ahead: number[], own: number[]): void {
  const [ms, peer_ms] = [median(ahead), median(own)];
  cases.push({ case: name, what, ms, peer: 'no thread', peer_ms, ratio: peer_ms / ms });
}
await rm(folder, { recursive: true });

console.log('| case | what | ms | without threads, ms | ratio |\n|---|---|---|---|---|');
const shown = (number: number | undefined, digits: number) => number?.toFixed(digits) ?? '';
for (const { case: name, what, ms, peer_ms, ratio } of cases) {
  console.log(`| ${name} | ${what} | ${shown(ms, 1)} | ${shown(peer_ms, 1)} | ${shown(ratio, 2)} |`);
}
const machine = `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown'}`;
const date = new Date().toISOString();
console.log(
  JSON.stringify({ name: 'examples', machine, node: process.version, device: device.description, date, cases }),
);
process.exit(0);
