/** The place in the queue that people are told is the one that claims then keep to. */
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { COMPUTE_KINDS, READING_KINDS } from '../../gpu-worker/lanes.ts';
import { datasetChecks, models } from '../../src/db/schema.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { type ClaimedTask, claimTask } from '../../src/queue/claim.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { waitingBefore } from '../../src/queue/waiting.ts';
import { useDatabase } from '../support/database.ts';
import { queuedTasks, tick } from '../support/queued-tasks.ts';

const database = useDatabase();
const { newModel, newTraining, newVideos, newCheck } = queuedTasks(database);
const claim = (kinds = [...COMPUTE_KINDS, ...READING_KINDS]) =>
  claimTask(database.client.db, { worker: 'w', kinds, leaseSeconds: 60 });

beforeEach(clear);
async function clear(): Promise<void> {
  await database.client.db.delete(models);
  await database.client.db.delete(datasetChecks);
}

const places = async () =>
  waitingBefore(database.client.db, await database.client.db.select({ id: tasks.id, state: tasks.state }).from(tasks));
const placesOf = async (ids: string[]) => {
  const all = await places();
  return ids.map(id => all.get(id) ?? null);
};

it('counts the queued tasks before one, not those that are under way, and a video waits for one of each other model', async () => {
  const [a, b] = [await newModel(), await newModel()];
  const ofA = await newVideos(a, 3);
  const ofB = await newVideos(b, 2);
  await tick();
  const training = await newTraining();
  const asked = [...ofA, ...ofB, training];
  expect(await placesOf(asked)).toEqual([0, 3, 5, 1, 4, 2]);
  expect((await claim())?.lease.taskId).toBe(ofA[0]);
  expect(await placesOf(asked)).toEqual([null, 2, 4, 0, 3, 1]);
});

it('checks, which have workers of their own, wait for checks alone', async () => {
  const [training, ...checks] = [await newTraining(), await newCheck(), await newCheck()];
  expect(await placesOf([training, ...checks])).toEqual([0, 0, 1]);
});

it('asks the database nothing where nothing waits', async () => {
  const ended = [{ id: 'no uuid', state: 'succeeded' as const }];
  expect(await waitingBefore(database.client.db, ended)).toEqual(new Map());
});

it('whatever is queued, claimed, released and ended before, tasks are claimed in the order of their places', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('queue' as const), model: fc.nat(2) }),
    fc.record({ do: fc.constant('train' as const) }),
    fc.record({ do: fc.constant('claim' as const) }),
    fc.record({ do: fc.constantFrom('released' as const, 'succeeded' as const), which: fc.nat(5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async steps => {
      const { db } = database.client;
      await clear();
      const uids = [await newModel(), await newModel(), await newModel()];
      const held: ClaimedTask[] = [];
      for (const step of steps) {
        await tick();
        if (step.do === 'queue') await newVideos(uids[step.model]!, 1);
        else if (step.do === 'train') await newTraining();
        else if (step.do === 'claim') held.push(...[await claim()].filter(task => task !== null));
        else if (held.length > 0) {
          const [task] = held.splice(step.which % held.length, 1);
          await settleTask(db, task!.lease, { end: step.do });
        }
      }
      const expected = [...(await places())].toSorted(([, x], [, y]) => x - y).map(([id]) => id);
      const claimed: string[] = [];
      await tick();
      for (let task = await claim(); task; task = await claim()) {
        claimed.push(task.lease.taskId);
        await tick();
      }
      expect(claimed).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});
