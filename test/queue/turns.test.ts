/** First come, first served in the queue, and videos of one model take turns with everything else, however many there are. */
import { and, asc, eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { TASK_KINDS } from '../../src/contract/task.ts';
import { models } from '../../src/db/schema.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { type ClaimedTask, claimTask } from '../../src/queue/claim.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useDatabase } from '../support/database.ts';
import { queuedTasks, tick } from '../support/queued-tasks.ts';

const database = useDatabase();
const { newModel, newTraining, newVideos } = queuedTasks(database);
const claim = (worker = 'w1') => claimTask(database.client.db, { worker, kinds: TASK_KINDS, leaseSeconds: 60 });

beforeEach(async () => {
  await database.client.db.delete(models);
});

it('a model with one video waits for one more video of each other model, not for all of them', async () => {
  const [a, b, c] = [await newModel(), await newModel(), await newModel()];
  const ofA = await newVideos(a, 5);
  const ofB = await newVideos(b, 3);
  const order: string[] = [];
  const take = async () => {
    order.push((await claim())!.lease.taskId);
    await tick();
  };
  for (let i = 0; i < 3; i++) await take();
  const ofC = await newVideos(c, 1);
  await tick();
  for (let i = 0; i < 6; i++) await take();
  expect(order).toEqual([ofA[0], ofB[0], ofA[1], ofB[1], ofA[2], ofC[0], ofB[2], ofA[3], ofA[4]]);
  expect(await claim()).toBeNull();
});

it('a model counts as served by videos that have ended, too', async () => {
  const [a, b] = [await newModel(), await newModel()];
  const ofA = await newVideos(a, 3);
  const order: string[] = [];
  const takeAndEnd = async () => {
    const { lease } = (await claim())!;
    order.push(lease.taskId);
    await settleTask(database.client.db, lease, { end: 'succeeded' });
    await tick();
  };
  await takeAndEnd();
  const ofB = await newVideos(b, 1);
  await tick();
  for (let i = 0; i < 3; i++) await takeAndEnd();
  expect(order).toEqual([ofA[0], ofA[1], ofB[0], ofA[2]]);
});

it('a training comes in its turn: before videos submitted later, after those submitted before, and its own is not held against its videos', async () => {
  const { db } = database.client;
  const train = async (modelUid: string) => {
    await tick();
    return newTraining(modelUid);
  };
  const [a, b, c] = [await newModel(), await newModel(), await newModel()];
  const trainings = [await train(a)];
  await settleTask(db, (await claim())!.lease, { end: 'succeeded' });
  trainings.push(await train(b));
  await tick();
  const videos = await newVideos(a, 1);
  trainings.push(await train(c));
  const order: string[] = [];
  for (let i = 0; i < 3; i++) order.push((await claim())!.lease.taskId);
  expect(order).toEqual([trainings[1], videos[0], trainings[2]]);
});

it('each of 60 tasks of three models goes to exactly one of 8 workers that claim at once', async () => {
  const ids: string[] = [];
  for (const count of [45, 14, 1]) ids.push(...(await newVideos(await newModel(), count)));
  const taken: string[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async (_, w) => {
      for (let task = await claim(`w${w}`); task; task = await claim(`w${w}`)) taken.push(task.lease.taskId);
    }),
  );
  expect(taken.toSorted()).toEqual(ids.toSorted());
});

it('a task whose row is locked is passed over for the next, of the same model or of another', async () => {
  const [a, b] = [await newModel(), await newModel()];
  const ofA = await newVideos(a, 2);
  const ofB = await newVideos(b, 1);
  const lock = async (ids: string[], then: () => Promise<void>) =>
    database.client.db.transaction(async tx => {
      for (const id of ids) await tx.select().from(tasks).where(eq(tasks.id, id)).for('update');
      await then();
    });
  await lock([ofA[0]!], async () => {
    expect((await claim())?.lease.taskId).toBe(ofA[1]);
  });
  await lock([ofB[0]!], async () => {
    expect((await claim())?.lease.taskId).toBe(ofA[0]);
  });
  await lock([ofB[0]!], async () => {
    expect(await claim()).toBeNull();
  });
  expect((await claim())?.lease.taskId).toBe(ofB[0]);
});

/** The task that is due, by the rule and from the rows alone. */
async function due(): Promise<string | null> {
  const rows = await database.client.db.select().from(tasks).orderBy(asc(tasks.seq));
  const begun = (uid: string | null) =>
    rows.filter(row => row.modelUid === uid).map(row => row.startedAt?.getTime() ?? 0);
  const comes = ({ modelUid, createdAt }: (typeof rows)[number]) => Math.max(createdAt.getTime(), ...begun(modelUid));
  const open = rows.filter(
    row =>
      row.state === 'queued' ||
      (row.state === 'active' && row.leaseUntil!.getTime() < Date.now() && row.attempt < row.maxAttempts),
  );
  return open.toSorted((x, y) => comes(x) - comes(y) || x.seq - y.seq)[0]?.id ?? null;
}

it('whatever is queued, claimed, released, expired and ended before, the task that is due is the one that is given', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('queue' as const), model: fc.nat(2) }),
    fc.record({ do: fc.constant('claim' as const) }),
    fc.record({ do: fc.constantFrom('released', 'succeeded', 'canceled', 'expire'), which: fc.nat(5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async steps => {
      const { db } = database.client;
      await db.delete(models);
      const uids = [await newModel(), await newModel(), await newModel()];
      const held: ClaimedTask[] = [];
      for (const step of steps) {
        if (step.do === 'queue') await newVideos(uids[step.model]!, 1);
        else if (step.do === 'claim') {
          const expected = await due();
          const task = await claim();
          expect(task?.lease.taskId ?? null).toBe(expected);
          if (task) held.push(task);
        } else if (held.length > 0) {
          const [task] = held.splice(step.which % held.length, 1);
          const { taskId, token } = task!.lease;
          const past = { leaseUntil: sql`now() - interval '1 s'` };
          if (step.do === 'expire')
            await db
              .update(tasks)
              .set(past)
              .where(and(eq(tasks.id, taskId), eq(tasks.leaseToken, token)));
          else await settleTask(db, task!.lease, { end: step.do });
        }
      }
    }),
    { numRuns: 60 },
  );
});
