/** The road of a task through the real API, database, queue and worker: trained, gone on from, stopped, canceled. */
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawAt, KEYPOINTS, keypointsAt, SIDE_PX } from '../../demo/animal.ts';
import { networkCost } from '../../src/contract/network-cost.ts';
import { type TrainingConfigInput, trainingConfigSchema } from '../../src/contract/training.ts';
import { trainingSpeed } from '../../src/contract/training-speed.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { filmAnimal, labelsCsv, packDataset, TINY } from '../support/lab.ts';
import { roadOver, until } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
useWorker(database);
let video: Buffer;
let dataset: Buffer;

beforeAll(async () => {
  dataset = await packDataset();
  video = await filmAnimal(30);
});

const { model, stats, ended, epochDone, infer, ...road } = roadOver(api);
const train = (config: Partial<TrainingConfigInput> = {}, data = dataset) => road.train(config, data);

describe('a training that goes on from another', () => {
  const submit = async (config: Record<string, unknown>, data?: Buffer) => {
    const file = data ? { training_dataset: data.toString('base64') } : {};
    const response = await api.post('/api/train-network', { ...file, training_config: config });
    return { status: response.status, answer: await response.json() };
  };

  it('gives, without a file and with nothing but more epochs, the epochs of one unbroken training', async () => {
    const unbroken = await train({ num_epochs: 4 });
    const first = await train({ num_epochs: 2 });
    await ended(first);
    const { status, answer } = await submit({ resume_from: first, num_epochs: 2 });
    expect(status, JSON.stringify(answer)).toBe(200);
    expect(await ended(answer.model_uid)).toMatchObject({
      state: 'succeeded',
      warnings: [],
      seed: TINY.seed,
      training_config: { ...TINY, num_epochs: 2, resume_from: first },
    });
    await ended(unbroken);
    const [whole, rest] = [await stats(unbroken), await stats(answer.model_uid)];
    for (const column of ['loss', 'val_loss']) {
      expect([rest[column]['0'], rest[column]['1']]).toEqual([whole[column]['2'], whole[column]['3']]);
    }
  });

  it('on another dataset begins with the best weights, whatever the order of its keypoints, and says so', async () => {
    const first = await train({ num_epochs: 1 });
    await ended(first);
    const reversed = labelsCsv(6)
      .split('\n')
      .map(line => {
        const [path, ...cells] = line.split(',');
        const pairs = Array.from({ length: cells.length / 2 }, (_, k) => cells.slice(2 * k, 2 * k + 2));
        return [path, ...pairs.reverse().flat()].join(',');
      })
      .join('\n');
    const other = await packDataset({ frames: 6, files: { 'labels.csv': reversed } });
    const { answer } = await submit({ resume_from: first, num_epochs: 1 }, other);
    const done = await ended(answer.model_uid);
    expect(done).toMatchObject({ state: 'succeeded', keypoints: [...KEYPOINTS] });
    expect(done.warnings).toEqual([expect.stringContaining(`best weights of model ${first} and a fresh optimiser`)]);
  });

  it('is refused where the weights would not fit, or where there is no such model', async () => {
    const first = await train({ num_epochs: 1 });
    await ended(first);
    const other = await submit({ resume_from: first, heads_output_stride: 2, backbone_model: 'leap' });
    expect(other.status).toBe(400);
    expect(other.answer.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual([
      '/training_config/backbone_model',
      '/training_config/heads_output_stride',
    ]);
    const unknown = await submit({ resume_from: crypto.randomUUID() });
    expect(unknown).toMatchObject({ status: 400, answer: { errors: [{ pointer: '/training_config/resume_from' }] } });
  });
});

describe('the metrics of a training', () => {
  it('are there for each epoch and for the best weights, held out frames apart', async () => {
    const uid = await train({ num_epochs: 2, holdout_fraction: 0.2 });
    expect(await ended(uid)).toMatchObject({ state: 'succeeded', frames: { train: 4, validation: 2, holdout: 2 } });
    const metrics = await (await api.get(`/api/models/${uid}/metrics.json`)).json();
    expect(metrics.epochs).toHaveLength(2);
    expect(metrics.epochs[1]).toMatchObject({
      epoch: 1,
      metrics: { frames: 2, pck: { thresholds_px: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] } },
    });
    expect(metrics.validation.frames).toBe(2);
    expect(metrics.holdout.frames).toBe(2);
    expect((await model(uid)).evaluation).toEqual({ validation: metrics.validation, holdout: metrics.holdout });
  });

  it.each(['leap', 'hourglass'] as const)('are reached by a %s as well', async backbone_model => {
    const small = {
      filters: 4,
      max_stride: 8,
      ...(backbone_model === 'hourglass' && { stem_filters: 4, filter_increase: 2, stacks: 2 }),
    };
    const uid = await train({ backbone_model, backbone_config: small, num_epochs: 2 });
    expect(await ended(uid)).toMatchObject({ state: 'succeeded', epochs: 2, has_weights: true });
    expect((await infer(uid, video)).state).toBe('succeeded');
  });
});

describe('what a training costs', () => {
  it('was known before, and how fast its device was is known afterwards', async () => {
    const uid = await train({ num_epochs: 1 });
    const done = await ended(uid);
    const config = trainingConfigSchema.parse(done.training_config);
    const { width_px: widthPx, height_px: heightPx, channels, frozen } = done.input!;
    expect(networkCost(config, { widthPx: widthPx!, heightPx: heightPx!, channels }, KEYPOINTS.length).parameters).toBe(
      done.parameters,
    );
    expect(frozen).toBe(false);
    const { workers } = await (await api.get('/api/workers')).json();
    expect(workers.map(({ device }: { device: string }) => device)).toContain(done.device);
    expect(trainingSpeed(done, config)!.multiplyAddsPerSecond).toBeGreaterThan(0);
  });
});

describe('a training', () => {
  it('goes from submission to weights, log and pixel error, and its model finds keypoints in a video', async () => {
    const uid = await train();
    const done = await ended(uid);
    expect(done).toMatchObject({
      state: 'succeeded',
      stopped_early: false,
      epochs: 3,
      keypoints: [...KEYPOINTS],
      frames: { train: 6, validation: 2 },
      error: null,
      has_weights: true,
    });
    expect(done.pixel_error!.count + done.pixel_error!.missed).toBe(2 * KEYPOINTS.length);
    const log = await stats(uid);
    expect(Object.keys(log.loss)).toEqual(['0', '1', '2']);
    expect(log.lr['0']).toBe(1e-3);
    const told = (await road.taskLog(done.task_id)).map(({ message }) => message);
    // Phases are written beside the work: these two may come after the line of a short epoch.
    const isEpochPhase = (message: string) => ['Training.', 'Validating.'].includes(message);
    expect(told.filter(isEpochPhase)).toHaveLength(2);
    expect(told.filter(message => !isEpochPhase(message))).toEqual([
      expect.stringMatching(/^Worker \S+ took it up on .+: attempt 1 of 3\.$/),
      'Fetching the dataset.',
      'Unpacking.',
      'Reading labels.',
      'Preparing the network.',
      expect.stringMatching(/^6 labelled frames train the network, 2 judge it; it has [\d,]+ numbers to learn\.$/),
      expect.stringMatching(/^Epoch 0: loss \S+, validation loss \S+, learning rate 0\.001, \S+ s\. The best so far/),
      expect.stringMatching(/^Epoch 1: /),
      expect.stringMatching(/^Epoch 2: /),
      'Writing the model files.',
      'The training is done.',
    ]);

    const samples = await road.samples(uid);
    expect(samples.edges).toEqual([]);
    expect(samples.keypoints).toEqual([...KEYPOINTS]);
    expect(samples.epochs.map(({ epoch, points }) => [epoch, points.length])).toEqual([0, 1, 2].map(n => [n, 2]));
    expect(samples.frames).toHaveLength(2);
    for (const frame of samples.frames) {
      expect(frame).toMatchObject({ width_px: SIDE_PX, height_px: SIDE_PX, picture_width_px: SIDE_PX });
      const second = 1.37 * Number(/^img(\d)\.jpg$/.exec(frame.name)![1]);
      expect(frame.truth).toEqual(keypointsAt(second).map(point => point.map(px => Number(px.toFixed(2)))));
      const picture = sharp(await (await api.get(frame.picture_url)).arrayBuffer());
      expect(await picture.metadata()).toMatchObject({ format: 'jpeg', width: SIDE_PX, height: SIDE_PX });
      const drawn = await drawAt(second);
      const levels = await picture.extractChannel(0).raw().toBuffer();
      const error = drawn.reduce((sum, level, i) => sum + Math.abs(level - levels[i]!), 0) / drawn.length;
      expect(error).toBeLessThan(5);
    }

    const result = await infer(uid, video);
    expect(result).toMatchObject({ state: 'succeeded', warnings: [], error: null });
    expect(Object.keys(result.keypoints!)).toHaveLength(30);
    expect(Object.keys(result.keypoints!['0']!)).toEqual([...KEYPOINTS]);
  });

  it('with the same seed gives the same curve', async () => {
    const uids = [await train(), await train()];
    for (const uid of uids) await ended(uid);
    const [first, second] = await Promise.all(uids.map(stats));
    expect(first).toEqual(second);
    expect(Object.values(first.loss)).not.toContain(Number.NaN);
  });

  it('is stopped within a batch and keeps the best weights', async () => {
    const uid = await train({ num_epochs: 10_000, early_stopping: { stop_training_on_plateau: false } });
    await epochDone(uid, 2);
    const response = await api.post('/api/stop-training', { model_uid: uid });
    expect(await response.json()).toEqual({ success: expect.any(String) });
    const stoppedAfter = Date.now();
    const done = await ended(uid);
    expect(Date.now() - stoppedAfter).toBeLessThan(20_000);
    expect(done).toMatchObject({ state: 'succeeded', stopped_early: true, has_weights: true });
    expect((await api.post('/api/stop-training', { model_uid: uid })).status).toBe(404);
    expect((await infer(uid, video)).state).toBe('succeeded');
  });

  it('stopped in its first epoch keeps the weights it has and says so', async () => {
    const uid = await train({ batches_per_epoch: 100_000 });
    await until(
      () => model(uid),
      value => value.phase === 'training' && (value.progress?.done ?? 0) > 2,
      'the first steps',
    );
    await api.post('/api/stop-training', { model_uid: uid });
    const done = await ended(uid);
    expect(done).toMatchObject({ state: 'succeeded', stopped_early: true, epochs: 0, has_weights: true });
    expect(done.warnings.join()).toMatch(/after \d+ steps/);
  });

  it('canceled discards its weights', async () => {
    const uid = await train({ num_epochs: 10_000 });
    const { task_id: task } = await epochDone(uid, 1);
    expect((await api.post(`/api/tasks/${task}/cancel`, {})).status).toBe(200);
    expect(await ended(uid)).toMatchObject({ state: 'canceled', has_weights: false });
  });

  it('of a resnet says that it began without the weights of ImageNet, why, and what to do', async () => {
    const uid = await train({
      backbone_model: 'resnet',
      backbone_config: { features: 'sleap-default' },
      num_epochs: 1,
    });
    const done = await ended(uid);
    expect(done).toMatchObject({ state: 'succeeded', has_weights: true, initial_weights: null });
    const [missing, frozen] = done.warnings;
    expect(missing).toContain("The encoder began with random numbers instead of ImageNet's weights.");
    expect(missing).toContain('resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5');
    expect(missing).toContain('npm run weights -- import FILE');
    expect(frozen).toContain('although it was to be frozen');
    expect((await (await api.get(`/api/model-info?model_uid=${uid}`)).json()).warnings).toEqual(done.warnings);
  });
});
