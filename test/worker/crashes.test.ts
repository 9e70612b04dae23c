/** Trainings that are killed, handed back or diverge: what another worker finds, and that nothing is lost or done twice. */
import { eq } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeMetadata, decodeTensors, encodeTensors } from '../../gpu-worker/model/weights.ts';
import { loadBlob, storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import type { ModelMetrics } from '../../src/contract/model.ts';
import type { Samples } from '../../src/contract/samples.ts';
import type { TrainingConfigInput } from '../../src/contract/training.ts';
import { models } from '../../src/db/schema.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { packDataset } from '../support/lab.ts';
import { roadOver, until } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
const worker = useWorker(database);
const { model, stats, ended, epochDone, ...road } = roadOver(api);
let dataset: Buffer;

beforeAll(async () => {
  dataset = await packDataset();
});
// One that failed half-way may have left none.
beforeEach(() => worker.start());
const train = (config: Partial<TrainingConfigInput>) => road.train(config, dataset);

async function readCheckpoint(uid: string): Promise<Uint8Array> {
  const [row] = await database.client.db.select().from(models).where(eq(models.uid, uid));
  return loadBlob(new PostgresBlobStore(database.client.sql), row!.checkpointBlob!);
}

/** As if the optimiser had just lost the weights to NaN. */
async function spoilCheckpoint(uid: string): Promise<void> {
  const bytes = await readCheckpoint(uid);
  const arrays = decodeTensors(bytes);
  arrays.find(({ name }) => name === 'SingleInstanceConfmapsHead/bias')!.data.fill(Number.NaN);
  const { id } = await storeBlob(
    new PostgresBlobStore(database.client.sql),
    await encodeTensors(arrays, decodeMetadata(bytes)),
  );
  await database.client.db.update(models).set({ checkpointBlob: id }).where(eq(models.uid, uid));
}

/** Mean distance between label and peak of each keypoint, over the sample frames in which both are. */
function distances({ frames, keypoints }: Samples, { points }: Samples['epochs'][number]): (number | null)[] {
  return keypoints.map((_, k) => {
    const found = frames.flatMap(({ truth }, i) => {
      const [label, peak] = [truth[k], points[i]![k]];
      return label && peak ? [Math.hypot(label[0] - peak[0], label[1] - peak[1])] : [];
    });
    return found.length === 0 ? null : found.reduce((sum, px) => sum + px, 0) / found.length;
  });
}

/** Some hundred milliseconds each: so long that what is done after one of them still finds the training under way. */
const SLOW_EPOCHS = { batches_per_epoch: 80 };

describe('a training', () => {
  it('whose compute process is killed goes on from its last epoch: every epoch once, and the curve of an unbroken run', async () => {
    const config = { num_epochs: 4, ...SLOW_EPOCHS };
    const broken = await train(config);
    await epochDone(broken, 1);
    process.kill(worker.computePid()!, 'SIGKILL');
    const done = await ended(broken);
    expect(done).toMatchObject({ state: 'succeeded', attempt: 2, epochs: 4 });
    const told = (await road.taskLog(done.task_id)).map(({ level, message }) => `${level} ${message}`).join('\n');
    expect(told).toMatch(
      /warning Attempt 1 of 3 broke off\. .+ It is tried again\.\ninfo Worker \S+ took it up .+: attempt 2 of 3/,
    );
    expect(told).toMatch(/info The training goes on from its checkpoint: with epoch \d/);
    expect(told.match(/info Epoch \d/g)).toEqual([0, 1, 2, 3].map(epoch => `info Epoch ${epoch}`));
    const unbroken = await train(config);
    await ended(unbroken);
    expect(await stats(broken)).toEqual(await stats(unbroken));

    const samples = await road.samples(broken);
    const same = await road.samples(unbroken);
    expect(samples.epochs).toEqual(same.epochs);
    const shown = ({ frames }: Samples) => frames.map(({ name, truth }) => ({ name, truth }));
    expect(shown(samples)).toEqual(shown(same));
    // Every frame of this small split is shown, so what is seen is what was measured.
    const metrics: ModelMetrics = await (await api.get(`/api/models/${broken}/metrics.json`)).json();
    expect(samples.frames).toHaveLength(done.frames!.validation);
    expect(samples.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    const measured = metrics.epochs.map(row => row.metrics!.keypoints.map(({ avg }) => avg));
    expect(measured.flat().filter(avg => avg !== null)).not.toHaveLength(0);
    for (const [i, epoch] of samples.epochs.entries())
      for (const [k, distance] of distances(samples, epoch).entries()) {
        const avg = measured[i]![k]!;
        if (avg === null) expect(distance).toBeNull();
        else expect(distance).toBeCloseTo(avg, 3);
      }
  });

  it('whose whole worker is killed goes on when another worker comes', async () => {
    const uid = await train({ num_epochs: 4, ...SLOW_EPOCHS });
    await epochDone(uid, 1);
    await worker.stop('SIGKILL');
    worker.start();
    expect(await ended(uid)).toMatchObject({ state: 'succeeded', attempt: 2, epochs: 4 });
    expect(Object.keys((await stats(uid)).loss)).toEqual(['0', '1', '2', '3']);
  });

  it('is handed back by a worker that drains, and the attempt does not count', async () => {
    const uid = await train({ num_epochs: 4, ...SLOW_EPOCHS });
    await epochDone(uid, 1);
    expect(await worker.stop('SIGTERM')).toBe(0);
    expect(await model(uid)).toMatchObject({ state: 'queued', attempt: 0, currently_training: true });
    worker.start();
    expect(await ended(uid)).toMatchObject({ state: 'succeeded', attempt: 1, epochs: 4 });
  });

  it('is handed back in mid-epoch with a checkpoint, and goes on from there with the curve of an unbroken run', async () => {
    // Where a step takes 5 ms, as on a fast host, that is still three times as long as progress takes to be seen.
    const config = { num_epochs: 1, batches_per_epoch: 600 };
    const broken = await train(config);
    const steps = async () => {
      const { phase, progress } = await model(broken);
      return phase === 'training' ? (progress?.done ?? 0) : 0;
    };
    await until(steps, done => done > 10, 'the first steps');
    expect(await worker.stop('SIGTERM')).toBe(0);
    // That the next worker begins with it is seen where it is spoilt, below.
    const { training } = decodeMetadata(await readCheckpoint(broken));
    expect(JSON.parse(training!).position).toMatchObject({ epoch: 0, step: expect.toSatisfy(step => step > 10) });
    worker.start();
    expect(await ended(broken)).toMatchObject({ state: 'succeeded', attempt: 1, epochs: 1 });
    const unbroken = await train(config);
    await ended(unbroken);
    expect(await stats(broken)).toEqual(await stats(unbroken));
  });

  it('is canceled although its compute process is deaf, and the worker goes on with the next', async () => {
    const uid = await train({ num_epochs: 200, ...SLOW_EPOCHS });
    await epochDone(uid, 1);
    const deaf = worker.computePid()!;
    process.kill(deaf, 'SIGSTOP');
    const { task_id: task } = await model(uid);
    expect((await (await api.post(`/api/tasks/${task}/cancel`, {})).json()).control).toBe('cancel');
    expect(await ended(uid)).toMatchObject({ state: 'canceled', attempt: 1, error: null, has_weights: false });
    // The lease was never lost, so it was this worker that ended it, and not the one that would have come after it.
    expect(await ended(await train({ num_epochs: 1 }))).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(worker.computePid()).not.toBe(deaf);
  });

  it('that diverges fails with a sentence, and what it had reached is a model, evaluated and with files', async () => {
    const uid = await train({ num_epochs: 200, ...SLOW_EPOCHS });
    await epochDone(uid, 1);
    await worker.stop('SIGTERM');
    await spoilCheckpoint(uid);
    worker.start();
    const done = await ended(uid);
    expect(done).toMatchObject({ state: 'failed', error: { code: 'nan_loss' }, has_weights: true });
    expect(done.evaluation).not.toBeNull();
    const { files } = await (await api.get(`/api/models/${uid}/files/`)).json();
    expect(files.map((file: { name: string }) => file.name)).toContain('model.zip');
  });
});
