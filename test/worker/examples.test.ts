/** Batches from threads: the very numbers that one thread makes, errors that reach whoever asked, and no thread left. */
import { rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { TrainingOrder } from '../../gpu-worker/data/order.ts';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { AnsweringThread } from '../../gpu-worker/media/answering-thread.ts';
import type { LabelledImages } from '../../gpu-worker/train/example-plan.ts';
import { ExampleSource } from '../../gpu-worker/train/example-source.ts';
import type { Batch } from '../../gpu-worker/train/examples.ts';
import { augmentationConfigSchema } from '../../src/contract/augmentation.ts';
import { inputGeometry } from '../../src/contract/frame-geometry.ts';
import { makeBatch } from '../support/examples.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const FRAMES = 7;
const BATCH = 3;
const SEED = 11;
const TRAIN = [0, 2, 3, 5, 6];

const scratch = scratchFolder();
expectNoThreadsLeft();
beforeAll(async () => void (await openDevice('wasm', { threads: 1 })));

const sources: ExampleSource[] = [];
afterEach(() => Promise.all(sources.splice(0).map(source => source.close())));

/** Colour images of two sizes, no two alike. */
async function savePictures(): Promise<string[]> {
  const paths = Array.from({ length: FRAMES }, (_, i) => scratch.path(`${i}.png`));
  for (const [i, path] of paths.entries()) {
    const [width, height] = i === 4 ? [16, 20] : [36, 28];
    const levels = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * (2 * i + 3) + (at >> 5)) % 256);
    await sharp(levels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
  }
  return paths;
}

/** @param cacheBytes two of the seven images fit unless told otherwise: the others are read in the threads. */
async function labelledImages(cacheBytes = 2 * 36 * 28 * 3): Promise<LabelledImages> {
  const images = await TrainingImages.open(await savePictures(), { cacheBytes, maxSidePx: 100, onRead: () => {} });
  const points = Array.from({ length: FRAMES }, (_, i) =>
    Float32Array.of(3 + 4 * i, 5 + 2 * i, Number.NaN, Number.NaN),
  );
  return { images, points, geometry: inputGeometry(images, images, 0.5, 8), stride: 2, sigma: 1.5 };
}

const augmentation = {
  config: augmentationConfigSchema.parse({
    ...{ random_flip: true, rotate: true, scale: true, translate: true },
    ...{ contrast: true, brightness: true, uniform_noise: true, gaussian_noise: true },
  }),
  flipPairs: [[0, 1]] as const,
};

function sourceOf(labelled: LabelledImages, threads: number): ExampleSource {
  const source = new ExampleSource(labelled, TRAIN, { batchSize: BATCH, seed: SEED, augmentation, threads });
  sources.push(source);
  return source;
}

/** What was asked of the threads before is done: each has a share of a batch of two, which it draws last. */
async function drainedBy(source: ExampleSource): Promise<void> {
  for await (const batch of source.validation([1, 4], 2)) expect(batch.size).toBe(2);
}

const expectedOf = (labelled: LabelledImages, step: number) =>
  makeBatch(labelled, new TrainingOrder(TRAIN, BATCH, SEED).batch(step), { ...augmentation, seed: SEED }, step);

/** Every number of a batch, the size first. */
async function numbersOf(batch: Batch): Promise<number[]> {
  const { images, maps } = batch.examples(0, batch.size);
  const numbers = [batch.size, ...(await images.data()), ...(await maps.data())];
  tf.dispose([images, maps]);
  return numbers;
}

describe('batches from threads', () => {
  it.each([1, 2, 4])('of %i are those made without, number by number, augmented and not', async threads => {
    const labelled = await labelledImages();
    const source = sourceOf(labelled, threads);
    for (let step = 0; step < 6; step++) {
      const expected = await numbersOf(await expectedOf(labelled, step));
      expect(await numbersOf(await source.training(step))).toEqual(expected);
    }
    expect(await numbersOf(await expectedOf(labelled, 0))).not.toEqual(await numbersOf(await expectedOf(labelled, 5)));
    const validated = [6, 1, 4, 0, 5];
    const batches: number[][] = [];
    for await (const batch of source.validation(validated, 2)) batches.push(await numbersOf(batch));
    expect(batches).toHaveLength(3);
    for (const [i, numbers] of batches.entries()) {
      const chosen = validated.slice(2 * i, 2 * i + 2);
      expect(numbers).toEqual(await numbersOf(await makeBatch(labelled, chosen, null, 0)));
    }
  });

  it('are right for a step that nobody expected, while others are still being drawn', async () => {
    const labelled = await labelledImages();
    const source = sourceOf(labelled, 2);
    for (const step of [7, 8, 20, 3, 4, 5, 4]) {
      const expected = await numbersOf(await expectedOf(labelled, step));
      expect(await numbersOf(await source.training(step))).toEqual(expected);
    }
  });

  it('are right after a validation, one that was left early too', async () => {
    const labelled = await labelledImages();
    const source = sourceOf(labelled, 2);
    for (let step = 0; step < 8; step++) {
      const expected = await numbersOf(await expectedOf(labelled, step));
      expect(await numbersOf(await source.training(step))).toEqual(expected);
      let seen = 0;
      for await (const batch of source.validation([1, 4, 0, 2, 3], 2)) {
        expect(batch.size).toBe(seen === 2 ? 1 : 2);
        if (seen++ === step % 4) break;
      }
    }
  });

  it('are drawn ahead: the next two are there when the files are gone', async () => {
    const labelled = await labelledImages(0);
    const source = sourceOf(labelled, 2);
    const expected: number[][] = [];
    for (let step = 0; step < 3; step++) expected.push(await numbersOf(await expectedOf(labelled, step)));
    await source.training(0);
    await drainedBy(source);
    for (const path of labelled.images.stored.paths) await rm(path);
    expect(await numbersOf(await source.training(1))).toEqual(expected[1]);
    expect(await numbersOf(await source.training(2))).toEqual(expected[2]);
    await expect(source.training(3)).rejects.toThrow('ENOENT');
  });
});

describe('what goes wrong in a thread', () => {
  it('reaches whoever asks for that step, and names the file', async () => {
    const labelled = await labelledImages(0);
    const source = sourceOf(labelled, 2);
    await source.training(0);
    await drainedBy(source);
    for (const path of labelled.images.stored.paths) await writeFile(path, 'no image');
    await source.training(2);
    await expect(source.training(3)).rejects.toMatchObject({
      code: 'image_invalid',
      message: expect.stringMatching(/"\d\.png"/),
      remedy: expect.stringContaining('PNG'),
    });
    await expect(source.validation([4], 1).next()).rejects.toMatchObject({
      code: 'image_invalid',
      message: expect.stringContaining('"4.png"'),
    });
  });

  it('ends every question that waits and all that follow, when the thread dies of it', async () => {
    await writeFile(
      scratch.path('dying.mjs'),
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', question => question === 'leave' ? process.exit(0) : parentPort.postMessage({ value: question }));`,
    );
    const thread = new AnsweringThread<string, string>(pathToFileURL(scratch.path('dying.mjs')), null);
    expect(await thread.ask('one')).toBe('one');
    const answers = await Promise.allSettled([thread.ask('two'), thread.ask('leave'), thread.ask('three')]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    await expect(thread.ask('four')).rejects.toThrow('ended without an answer');
    await thread.close();
  });
});

describe('closed examples', () => {
  it('reject what is still waited for, leave no thread, and give nothing more', async () => {
    const source = sourceOf(await labelledImages(), 3);
    const waiting = source.training(0);
    const rejected = expect(waiting).rejects.toThrow('ended without an answer');
    await source.close();
    await rejected;
    await source.close();
    await expect(async () => source.training(1)).rejects.toThrow('closed');
  });

  it('never started a thread when no batch was asked for', async () => {
    let started = 0;
    const count = () => void started++;
    process.on('worker', count);
    await sourceOf(await labelledImages(), 3).close();
    process.off('worker', count);
    expect(started).toBe(0);
  });
});
