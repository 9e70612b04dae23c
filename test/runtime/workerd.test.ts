/** The suite on workerd, through wrangler with the committed configuration; and what differs there. */
import { expect, it, vi } from 'vitest';
import { workers } from '../../src/db/schema-queue.ts';
import worker from '../../src/serve/workerd.ts';
import { testRuntime } from './suite.ts';

it('without keys it refuses everybody, since everybody can reach it', async () => {
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  const answer = await worker.fetch(new Request('https://lab.example/api/models'), {}, { waitUntil: () => {} });
  expect([answer.status, await answer.json()]).toEqual([
    503,
    expect.objectContaining({ error: 'not_ready', remedy: expect.stringContaining('log') }),
  ]);
  expect(String(told.mock.calls[0])).toContain('set API_KEYS');
  told.mockRestore();
});

testRuntime('workerd', ({ server, database }) => {
  it('the cron trigger tidies up', async () => {
    const { db } = database.client;
    await db.insert(workers).values({ name: 'gone', seenAt: new Date(Date.now() - 48 * 3600_000) });
    // /cdn-cgi/handler/scheduled fails beside assets in this version of wrangler (cloudflare/workers-sdk issue 9882).
    expect((await server.get('/__scheduled')).status).toBe(200);
    expect(await db.select().from(workers)).toEqual([]);
  });
});
