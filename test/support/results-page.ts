/** Inferences whose worker is played by hand, and what a test sees of the views of results. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { ClaimedTask } from '../../src/queue/claim.ts';
import { settleTask } from '../../src/queue/settle.ts';
import type { TestApi } from './api.ts';
import type { TestDatabase } from './database.ts';
import { handWorker } from './hand-worker.ts';

/** What is read becomes what is expected; a busy machine has time for it. */
export const soon = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 15_000 });

export const rowOf = (page: Page, name: string) => page.getByRole('row', { name });
export const address = (page: Page) => page.evaluate(() => location.hash);

/** Frames of a walk: unsure in the third, with a jump in the seventh. */
export const WALK = Array.from({ length: 10 }, (_, i) => {
  const score = i === 2 ? 0.3 : 0.9;
  return [10 + i, i === 6 ? 90 : 20, score, 30 + i, 40, score];
});

export function resultsOver(database: TestDatabase, api: TestApi) {
  const hand = handWorker(database, api);
  const succeed = (task: ClaimedTask) => settleTask(database.client.db, task.lease, { end: 'succeeded' });

  /** An inference that a worker has begun, with `frames` stored. */
  async function begun(uid: string, { frames = 10, name = 'mouse 1.mp4' } = {}) {
    const { results_id: id } = await hand.infer(uid, { file_name: name });
    const task = await hand.claim();
    const points = WALK.slice(0, frames);
    if (frames > 0) await hand.store(task, { firstFrame: 0, times: points.map((_, i) => i / 10), points });
    return { id, task };
  }
  return {
    succeed,
    begun,
    read: async (id: number) => (await api.get(`/api/inferences/${id}`)).json(),
    async finished(uid: string, name?: string): Promise<number> {
      const { id, task } = await begun(uid, name === undefined ? {} : { name });
      await succeed(task);
      return id;
    },
  };
}
