/** GET /api/workers: who works, who waits, who fell silent. */
import { expect, it } from 'vitest';
import { workerResourceSchema } from '../../src/contract/worker.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { json } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '20' });

it('lists the workers in the order of their start, with what each does', async () => {
  const task = '5f0c3a52-0000-4000-8000-000000000000';
  expect((await json(api.get('/api/workers'))).body).toEqual({ workers: [] });
  await database.client.sql`
    insert into workers (name, device, task_id, started_at, seen_at) values
      ('c', 'GPU', ${task}, now() - interval '1 hour', now() - interval '15 s'),
      ('a', 'GPU', ${task}, now() - interval '3 hours', now() - interval '25 s'),
      ('b', null, null, now() - interval '2 hours', now())`;
  const { status, body } = await json(api.get('/api/workers'));
  expect(status).toBe(200);
  expect(body.workers.map(({ name, state, task_id }: Record<string, string>) => [name, state, task_id])).toEqual([
    ['a', 'silent', task],
    ['b', 'idle', null],
    ['c', 'working', task],
  ]);
  for (const worker of body.workers) workerResourceSchema.strict().parse(worker);
});
