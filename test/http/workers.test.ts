/** What an operator asks: who works, who waits, who fell silent, and the figures for a monitor. */
import { expect, it } from 'vitest';
import { workerResourceSchema } from '../../src/contract/worker.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { dataset, json, submit } from '../support/training-request.ts';

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

it('GET /metrics tells tasks, workers and stored bytes in the text format of Prometheus', async () => {
  const before = await figures();
  const { task_id } = await submit(api);
  await submit(api);
  await database.client.sql`update tasks set created_at = now() - interval '90 s' where id = ${task_id}`;
  const after = await figures();
  const change = (name: string) => after.get(name)! - before.get(name)!;
  expect(change('sleap_tasks{kind="train",state="queued"}')).toBe(2);
  expect(change('sleap_tasks{kind="infer",state="active"}')).toBe(0);
  expect(change('sleap_oldest_queued_task_seconds{kind="train"}')).toBeGreaterThanOrEqual(90);
  expect(change('sleap_oldest_queued_task_seconds{kind="train"}')).toBeLessThan(120);
  // The same dataset twice is stored once.
  expect([change('sleap_blobs'), change('sleap_blobs_bytes')]).toEqual([1, Buffer.from(dataset, 'base64').length]);
  expect(['idle', 'working', 'silent'].map(state => after.get(`sleap_workers{state="${state}"}`))).toEqual([1, 1, 1]);
});

/** Every sample by its name and labels; fails for a line that the format does not have. */
async function figures(): Promise<Map<string, number>> {
  const response = await api.get('/metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  expect(text.endsWith('\n')).toBe(true);
  const found = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    if (/^# (HELP sleap_[a-z_]+ .+|TYPE sleap_[a-z_]+ gauge)$/.test(line)) continue;
    const [, name, value] =
      /^(sleap_[a-z_]+(?:\{[a-z]+="[a-z]+"(?:,[a-z]+="[a-z]+")*\})?) (\d+(?:\.\d+)?)$/.exec(line) ?? [];
    expect(name, line).toBeDefined();
    found.set(name!, Number(value));
  }
  return found;
}
