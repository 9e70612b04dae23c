/** The queue alone, as workers use it: how many tasks a second are claimed and settled, and how long after it was queued a task is begun. */
import type { Client } from '../../../src/db/client.ts';
import { models } from '../../../src/db/schema.ts';
import { claimTask } from '../../../src/queue/claim.ts';
import { enqueueTask } from '../../../src/queue/enqueue.ts';
import { listen } from '../../../src/queue/listen.ts';
import { settleTask } from '../../../src/queue/settle.ts';
import { quantile } from './load.ts';

const claim = (client: Client) =>
  claimTask(client.db, { worker: 'bench', kinds: ['train', 'infer'], leaseSeconds: 60 });

/** A task, with the model it belongs to. */
async function enqueue({ db }: Client): Promise<string> {
  return db.transaction(async tx => {
    const [model] = await tx.insert(models).values({ trainingConfig: {}, seed: 1 }).returning();
    return enqueueTask(tx, { kind: 'train', modelUid: model!.uid, maxAttempts: 3 });
  });
}

/** @returns tasks a second, claimed and settled by `workers` at once out of a queue that holds them all. */
export async function throughput(client: Client, tasks: number, workers: number): Promise<number> {
  for (let i = 0; i < tasks; i += 50) await Promise.all(Array.from({ length: 50 }, () => enqueue(client)));
  // As autovacuum does within a minute: without figures about the table the planner sorts the whole queue.
  await client.sql`analyze`;
  const begun = performance.now();
  const work = async () => {
    for (let task = await claim(client); task; task = await claim(client))
      await settleTask(client.db, task.lease, { end: 'succeeded' });
  };
  await Promise.all(Array.from({ length: workers }, work));
  return tasks / ((performance.now() - begun) / 1000);
}

/** From the moment a task is to be queued to the moment a worker that waited for it has it. */
export async function latency(client: Client, tasks: number): Promise<{ p50Ms: number; p99Ms: number }> {
  let claimed: (() => void) | null = null;
  const stop = await listen(client.sql, 'work', async () => {
    const task = await claim(client);
    if (!task) return;
    claimed?.();
    await settleTask(client.db, task.lease, { end: 'succeeded' });
  });
  const times: number[] = [];
  for (let i = 0; i < tasks; i++) {
    const begun = performance.now();
    const done = new Promise<void>(resolve => (claimed = resolve));
    await enqueue(client);
    await done;
    times.push(performance.now() - begun);
  }
  await stop();
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) };
}
