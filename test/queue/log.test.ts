/** The log of a task: what the queue's verbs write into it, that numbers come in order, and that old lines go. */
import { randomUUID } from 'node:crypto';
import { asc, eq, gt, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { TASK_KINDS } from '../../src/contract/task.ts';
import { models } from '../../src/db/schema.ts';
import { taskLog, tasks } from '../../src/db/schema-queue.ts';
import { claimTask } from '../../src/queue/claim.ts';
import { controlTask } from '../../src/queue/control.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { failExhausted } from '../../src/queue/exhaust.ts';
import { addToLog, addWarning, withLease } from '../../src/queue/lease.ts';
import { appendLog, trimLogs } from '../../src/queue/log.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const db = () => database.client.db;

beforeEach(() =>
  db()
    .delete(models)
    .then(() => {}),
);

async function newTask(maxAttempts = 3): Promise<string> {
  const [blob] = await database.client.sql`insert into blobs (sha256) values (${randomUUID()}) returning id`;
  const [model] = await db().insert(models).values({ trainingConfig: {}, seed: 1, datasetBlob: blob!.id }).returning();
  return enqueueTask(db(), { kind: 'train', modelUid: model!.uid, maxAttempts });
}
const claim = async (worker = 'w1', device?: string) =>
  (await claimTask(db(), { worker, ...(device && { device }), kinds: TASK_KINDS, leaseSeconds: 60 }))!;
const lines = (taskId: string) =>
  db().select().from(taskLog).where(eq(taskLog.taskId, taskId)).orderBy(asc(taskLog.seq));
const texts = async (taskId: string) => (await lines(taskId)).map(({ level, message }) => `${level} ${message}`);
const info = (message: string) => ({ level: 'info', message }) as const;
const expire = (id: string) =>
  db().update(tasks).set({ leaseUntil: sql`now() - interval '1 second'` }).where(eq(tasks.id, id));

it('a NUL in what a damaged file is called keeps no task from being warned of and settled', async () => {
  const id = await newTask();
  const { lease } = await claim();
  await addWarning(db(), lease, 'The file a\0b is damaged.');
  await settleTask(db(), lease, {
    end: 'failed',
    error: { code: 'image_invalid', message: 'The image a\0b cannot be read.', remedy: null },
  });
  const [task] = await db().select().from(tasks).where(eq(tasks.id, id));
  expect(task).toMatchObject({
    ...{ state: 'failed', warnings: ['The file ab is damaged.'] },
    error: { message: 'The image ab cannot be read.' },
  });
});

describe('the log of a task', () => {
  it('tells who took it up, where an attempt broke off or its worker fell silent, and how it ended', async () => {
    const id = await newTask();
    const error = { code: 'device_lost', message: 'The GPU is gone.', remedy: null };
    await settleTask(db(), (await claim('w1', 'a GPU')).lease, { end: 'crashed', error });
    await settleTask(db(), (await claim('w2')).lease, { end: 'released' });
    await claim('w3');
    await expire(id);
    const { lease } = await claim('w4');
    await addWarning(db(), lease, 'Only one labelled frame.');
    await addWarning(db(), lease, 'Only one labelled frame.');
    const why = { code: 'nan_loss', message: 'The loss became NaN.', remedy: 'Train slower.' };
    await settleTask(db(), lease, { end: 'failed', error: why });
    expect(await texts(id)).toEqual([
      'info Worker w1 took it up on a GPU: attempt 1 of 3.',
      'warning Attempt 1 of 3 broke off. The GPU is gone. It is tried again.',
      'info Worker w2 took it up: attempt 2 of 3.',
      'info Worker w2 shuts down and gave it back: another one goes on with it.',
      'info Worker w3 took it up: attempt 2 of 3.',
      'warning Worker w3 fell silent and lost its hold on it; worker w4 took it up: attempt 3 of 3.',
      'warning Only one labelled frame.',
      'error The training failed. The loss became NaN. Train slower.',
    ]);
    const written = await lines(id);
    expect(written.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(written.map(({ at }) => at.getTime())).toEqual(written.map(({ at }) => at.getTime()).toSorted());
  });

  it('tells what a person asked for, once each', async () => {
    const id = await newTask();
    const { lease } = await claim();
    for (const control of ['stop', 'stop', 'cancel', 'cancel', 'stop'] as const) await controlTask(db(), id, control);
    await settleTask(db(), lease, { end: 'canceled' });
    expect((await texts(id)).slice(1)).toEqual([
      'info A stop was asked for: it ends after the running batch and keeps the best it has.',
      'info A cancel was asked for.',
      'info The training was canceled.',
    ]);
    const unheld = await newTask();
    await controlTask(db(), unheld, 'cancel');
    expect(await texts(unheld)).toEqual(['info The training was canceled while no worker had it.']);
  });

  it('tells of a last attempt whose worker fell silent, and of the last that crashed', async () => {
    const silent = await newTask(1);
    await claim();
    await expire(silent);
    await failExhausted(db());
    expect((await texts(silent)).at(-1)).toMatch(/^error The training failed\. The worker stopped responding/);
    const crashed = await newTask(1);
    const error = { code: 'internal', message: 'Something broke.', remedy: null };
    await settleTask(db(), (await claim()).lease, { end: 'crashed', error });
    expect((await texts(crashed)).at(-1)).toBe('error The training failed. Something broke.');
  });

  it('is not written to by who lost the lease', async () => {
    const id = await newTask();
    const { lease } = await claim();
    await addToLog(db(), lease, [info('Mine.'), { level: 'warning', message: 'With\0out a NUL.' }]);
    await settleTask(db(), lease, { end: 'released' });
    await expect(addToLog(db(), lease, [info('Late.')])).rejects.toMatchObject({ code: 'lease_lost' });
    expect((await texts(id)).slice(1, 3)).toEqual(['info Mine.', 'warning Without a NUL.']);
    expect(await texts(id)).toHaveLength(4);
  });
});

describe('lines of several writers', () => {
  it('become visible in the order of their numbers, with no deadlock between those that hold the lease', async () => {
    const id = await newTask();
    const { lease } = await claim();
    const seen: number[] = [];
    let isOver = false;
    const reading = (async () => {
      while (true) {
        const last = isOver;
        const more = await db()
          .select()
          .from(taskLog)
          .where(sql`${eq(taskLog.taskId, id)} and ${gt(taskLog.seq, seen.at(-1) ?? 0)}`)
          .orderBy(asc(taskLog.seq));
        seen.push(...more.map(({ seq }) => seq));
        if (last) return;
      }
    })();
    const write = async (i: number) => {
      if (i % 3 === 0) return addToLog(db(), lease, [info(`${i}`), info(`${i}`)]);
      if (i % 3 === 1) return addWarning(db(), lease, `Warning ${i}.`);
      await withLease(db(), lease, async tx => {
        await tx.execute(sql`select pg_sleep(0.002)`);
        await appendLog(tx, id, [info(`${i}`)]);
      });
    };
    await Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let i = 0; i < 15; i++) await write(4 * i + writer);
      }),
    );
    isOver = true;
    await reading;
    // 60 writes, 20 of which have two lines, after the one of the claim.
    expect(seen).toEqual(Array.from({ length: 81 }, (_, i) => i + 1));
  });
});

describe('a long log', () => {
  it('keeps its last lines, and other logs are left alone', async () => {
    const [long, short] = [await newTask(), await newTask()];
    await appendLog(
      db(),
      long,
      Array.from({ length: 30 }, (_, i) => info(`${i}`)),
    );
    await appendLog(db(), short, [info('a'), info('b')]);
    await trimLogs(db(), 10);
    expect((await lines(long)).map(({ seq }) => seq)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    expect(await lines(short)).toHaveLength(2);
    await appendLog(db(), long, [info('next')]);
    expect((await lines(long)).at(-1)!.seq).toBe(31);
  });
});
