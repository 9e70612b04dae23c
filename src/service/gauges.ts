/** How much there is to do, who does it, and how much is stored: the figures of `GET /metrics`. Each is counted as it is asked for. */
import { sql } from 'drizzle-orm';
import { TASK_KINDS, TASK_STATES, type TaskKind, type TaskState } from '../contract/task.ts';
import { WORKER_STATES } from '../contract/worker.ts';
import { blobs } from '../db/schema-bytes.ts';
import { tasks } from '../db/schema-queue.ts';
import type { ServiceContext } from './context.ts';
import { listWorkers } from './workers.ts';

export interface Gauge {
  name: string;
  /** One sentence. */
  help: string;
  samples: { labels: Record<string, string>; value: number }[];
}

/** Every kind and state has a sample, so that a series does not vanish when it falls to 0. */
export async function readGauges(ctx: ServiceContext): Promise<Gauge[]> {
  const [counted, stored, workers] = await Promise.all([countTasks(ctx), sumBlobs(ctx), listWorkers(ctx)]);
  const ofKind = (kind: TaskKind) => counted.filter(row => row.kind === kind);
  const count = (kind: TaskKind, state: TaskState) => ofKind(kind).find(row => row.state === state)?.count ?? 0;
  return [
    {
      name: 'sleap_tasks',
      help: 'Tasks by kind and state.',
      samples: TASK_KINDS.flatMap(kind =>
        TASK_STATES.map(state => ({ labels: { kind, state }, value: count(kind, state) })),
      ),
    },
    {
      name: 'sleap_oldest_queued_task_seconds',
      help: 'How long ago the oldest task that is queued was submitted; 0 where none is.',
      samples: TASK_KINDS.map(kind => ({
        labels: { kind },
        value: ofKind(kind).find(({ state }) => state === 'queued')?.ageSeconds ?? 0,
      })),
    },
    {
      name: 'sleap_workers',
      help: 'Workers by state; silent: no sign of life for longer than LEASE_SECONDS.',
      samples: WORKER_STATES.map(state => ({
        labels: { state },
        value: workers.filter(worker => worker.state === state).length,
      })),
    },
    {
      name: 'sleap_blobs',
      help: 'Stored datasets, videos, weights and files.',
      samples: [{ labels: {}, value: stored.count }],
    },
    {
      name: 'sleap_blobs_bytes',
      help: 'Bytes of stored datasets, videos, weights and files.',
      samples: [{ labels: {}, value: stored.sizeBytes }],
    },
  ];
}

async function countTasks({ client }: ServiceContext) {
  return client.db
    .select({
      kind: tasks.kind,
      state: tasks.state,
      count: sql<number>`count(*)::int`,
      ageSeconds: sql<number>`extract(epoch from now() - min(${tasks.createdAt}))::float8`,
    })
    .from(tasks)
    .groupBy(tasks.kind, tasks.state);
}

async function sumBlobs({ client }: ServiceContext): Promise<{ count: number; sizeBytes: number }> {
  const [row] = await client.db
    .select({ count: sql<number>`count(*)::int`, sizeBytes: sql<number>`coalesce(sum(${blobs.sizeBytes}), 0)::float8` })
    .from(blobs);
  return row!;
}
