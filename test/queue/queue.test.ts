import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { TASK_KINDS } from '../../src/contract/task.ts';
import { models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { claimTask, type Lease } from '../../src/queue/claim.ts';
import { controlTask } from '../../src/queue/control.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { failExhausted } from '../../src/queue/exhaust.ts';
import { addWarning, renewLease, withLease } from '../../src/queue/lease.ts';
import { listen } from '../../src/queue/listen.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { dropOldCheckpoints } from '../../src/queue/training-state.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const crash = { code: 'worker_lost', message: 'It crashed.', remedy: null };

async function newTask(maxAttempts = 3): Promise<{ taskId: string; modelUid: string }> {
  const { db } = database.client;
  const [blob] = await db.insert(blobs).values({ sha256: randomUUID() }).returning();
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1, datasetBlob: blob!.id }).returning();
  return { taskId: await enqueueTask(db, { kind: 'train', modelUid: model!.uid, maxAttempts }), modelUid: model!.uid };
}
const claim = (worker = 'w1', leaseSeconds = 60) =>
  claimTask(database.client.db, { worker, kinds: TASK_KINDS, leaseSeconds });
const read = async (id: string) => (await database.client.db.select().from(tasks).where(eq(tasks.id, id)))[0]!;
const expire = (id: string) =>
  database.client.db.update(tasks).set({ leaseUntil: sql`now() - interval '1 second'` }).where(eq(tasks.id, id));

beforeEach(async () => {
  await database.client.db.delete(models);
});

describe('claiming', () => {
  it('gives the oldest task first and nothing when the queue is empty', async () => {
    const first = await newTask();
    const second = await newTask();
    expect((await claim())?.lease.taskId).toBe(first.taskId);
    expect((await claim())?.lease.taskId).toBe(second.taskId);
    expect(await claim()).toBeNull();
  });

  it('gives each of 40 tasks to exactly one of 8 workers that claim at once', async () => {
    const ids = [];
    for (let i = 0; i < 40; i++) ids.push((await newTask()).taskId);
    const taken: string[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async (_, w) => {
        for (let task = await claim(`w${w}`); task; task = await claim(`w${w}`)) taken.push(task.lease.taskId);
      }),
    );
    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  it('gives a task whose lease ran out to the next worker, with a new token and the next attempt', async () => {
    const { taskId } = await newTask();
    const first = await claim('w1');
    expect(await claim('w2')).toBeNull();
    await expire(taskId);
    const second = await claim('w2');
    expect(second?.lease.taskId).toBe(taskId);
    expect(second?.lease.token).not.toBe(first?.lease.token);
    expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
  });

  it('wakes a listener when a task is queued', async () => {
    const heard: (string | null)[] = [];
    const stop = await listen(database.client.sql, 'work', id => heard.push(id));
    const { taskId } = await newTask();
    await expect.poll(() => heard).toContain(taskId);
    await stop();
  });
});

describe('a lease that was lost', () => {
  it('lets its old holder write nothing: not renew, not record, not settle', async () => {
    const { taskId } = await newTask();
    const old = (await claim('w1'))!.lease;
    await expire(taskId);
    await claim('w2');
    const { db } = database.client;
    const lost = expect.objectContaining({ code: 'lease_lost' });
    await expect(renewLease(db, old, { phase: 'training', progress: null, leaseSeconds: 60 })).rejects.toEqual(lost);
    await expect(withLease(db, old, tx => tx.update(models).set({ seed: 99 }))).rejects.toEqual(lost);
    await expect(settleTask(db, old, { end: 'succeeded' })).rejects.toEqual(lost);
    const [model] = await db.select().from(models);
    expect(model?.seed).toBe(1);
    expect((await read(taskId)).worker).toBe('w2');
  });

  it('takes back what was written in the same transaction', async () => {
    await newTask();
    const { lease } = (await claim())!;
    const { db } = database.client;
    const failing = withLease(db, lease, async tx => {
      await tx.update(models).set({ seed: 5 });
      throw new Error('the write failed');
    });
    await expect(failing).rejects.toThrow('the write failed');
    expect((await db.select().from(models))[0]?.seed).toBe(1);
  });
});

describe('settling', () => {
  it('returns a released task to the queue without using up an attempt', async () => {
    const { taskId } = await newTask(1);
    await settleTask(database.client.db, (await claim())!.lease, { end: 'released' });
    expect(await read(taskId)).toMatchObject({ state: 'queued', attempt: 0, leaseToken: null });
    expect((await claim())?.attempt).toBe(1);
  });

  it('tries a crashed task again until its attempts are used up, then fails it with the last reason', async () => {
    const { taskId } = await newTask(2);
    await settleTask(database.client.db, (await claim())!.lease, { end: 'crashed', error: crash });
    expect(await read(taskId)).toMatchObject({ state: 'queued', error: null });
    await settleTask(database.client.db, (await claim())!.lease, { end: 'crashed', error: crash });
    expect(await read(taskId)).toMatchObject({ state: 'failed', error: crash, phase: 'done' });
    expect(await claim()).toBeNull();
  });

  it('keeps the best weights and the checkpoint of a stopped training and drops those of a canceled one', async () => {
    const { db } = database.client;
    const kept: (string | null)[][] = [];
    for (const outcome of [{ end: 'succeeded', stoppedEarly: true }, { end: 'canceled' }] as const) {
      const { modelUid } = await newTask();
      const [blob] = await db.insert(blobs).values({ sha256: randomUUID() }).returning();
      await db
        .update(models)
        .set({ bestBlob: blob!.id, checkpointBlob: blob!.id, bestEpoch: 3 })
        .where(eq(models.uid, modelUid));
      await settleTask(db, (await claim())!.lease, outcome);
      const [model] = await db.select().from(models).where(eq(models.uid, modelUid));
      kept.push([model!.bestBlob, model!.checkpointBlob]);
    }
    expect(kept).toEqual([
      [expect.any(String), expect.any(String)],
      [null, null],
    ]);
  });

  it('lets go of a checkpoint once it is old, but not while another training goes on from it', async () => {
    const { db } = database.client;
    const { modelUid } = await newTask();
    const [blob] = await db.insert(blobs).values({ sha256: randomUUID() }).returning();
    await db.update(models).set({ checkpointBlob: blob!.id }).where(eq(models.uid, modelUid));
    await settleTask(db, (await claim())!.lease, { end: 'succeeded' });
    expect(await dropOldCheckpoints(db, 1)).toBe(0);
    const next = await newTask();
    await db.update(models).set({ baseUid: modelUid }).where(eq(models.uid, next.modelUid));
    await dropOldCheckpoints(db, 0);
    const checkpoint = async () => (await db.select().from(models).where(eq(models.uid, modelUid)))[0]!.checkpointBlob;
    expect(await checkpoint()).toBe(blob!.id);
    await settleTask(db, (await claim())!.lease, { end: 'succeeded' });
    await dropOldCheckpoints(db, 0);
    expect(await checkpoint()).toBeNull();
  });

  it('records a warning once however often it is given', async () => {
    const { taskId } = await newTask();
    const { lease } = (await claim())!;
    for (let i = 0; i < 3; i++) await addWarning(database.client.db, lease, 'Only one labelled frame.');
    await addWarning(database.client.db, lease, 'Another "quoted" one.');
    expect((await read(taskId)).warnings).toEqual(['Only one labelled frame.', 'Another "quoted" one.']);
  });
});

describe('stop and cancel', () => {
  it('end a queued task at once', async () => {
    for (const control of ['stop', 'cancel'] as const) {
      const { taskId } = await newTask();
      expect(await controlTask(database.client.db, taskId, control)).toEqual({ result: 'ended', state: 'canceled' });
      expect(await read(taskId)).toMatchObject({ state: 'canceled', phase: 'done' });
    }
  });

  it('reach the worker of an active task at its next renewal, and a cancel outweighs a stop', async () => {
    const { taskId } = await newTask();
    const { lease } = (await claim())!;
    const now = { phase: 'training', progress: null, leaseSeconds: 60 } as const;
    expect(await renewLease(database.client.db, lease, now)).toEqual({ control: null });
    for (const [asked, told] of [
      ['stop', 'stop'],
      ['cancel', 'cancel'],
      ['stop', 'cancel'],
    ] as const) {
      expect(await controlTask(database.client.db, taskId, asked)).toEqual({ result: 'asked', state: 'active' });
      expect(await renewLease(database.client.db, lease, now)).toEqual({ control: told });
    }
  });

  it('end a task whose worker fell silent, keeping its best weights on stop', async () => {
    const { db } = database.client;
    const { taskId, modelUid } = await newTask();
    await claim();
    const [blob] = await db.insert(blobs).values({ sha256: randomUUID() }).returning();
    await db.update(models).set({ bestBlob: blob!.id }).where(eq(models.uid, modelUid));
    await expire(taskId);
    expect(await controlTask(db, taskId, 'stop')).toEqual({ result: 'ended', state: 'succeeded' });
    expect(await read(taskId)).toMatchObject({ state: 'succeeded', stoppedEarly: true });
  });

  it('say so when the task has ended already or never was', async () => {
    const { taskId } = await newTask();
    const lease: Lease = (await claim())!.lease;
    await settleTask(database.client.db, lease, { end: 'succeeded' });
    expect(await controlTask(database.client.db, taskId, 'cancel')).toEqual({ result: 'finished', state: 'succeeded' });
    expect(await controlTask(database.client.db, randomUUID(), 'cancel')).toBeNull();
  });
});

it('a task whose worker fell silent on the last attempt fails with worker_lost', async () => {
  const { taskId } = await newTask(1);
  await claim();
  expect(await failExhausted(database.client.db)).toBe(0);
  await expire(taskId);
  expect(await claim()).toBeNull();
  expect(await failExhausted(database.client.db)).toBe(1);
  expect(await read(taskId)).toMatchObject({ state: 'failed', error: { code: 'worker_lost' } });
});
