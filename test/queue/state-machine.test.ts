import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  isEndState,
  TASK_EVENTS,
  TASK_STATES,
  type TaskEvent,
  type TaskState,
  TRANSITIONS,
} from '../../src/contract/task.ts';
import { models } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { claimTask, type Lease } from '../../src/queue/claim.ts';
import { controlTask } from '../../src/queue/control.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { failExhausted } from '../../src/queue/exhaust.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const ATTEMPTS = 3;
const error = { code: 'internal', message: 'x', remedy: null };

/** Plays the SQL verbs against one task, and predicts its state from the transition table and the number of attempts alone. */
class Player {
  state: TaskState = 'queued';
  attempt = 0;
  lease: Lease | null = null;
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  /** The state the table gives, or the present one where the event cannot happen. */
  follow(event: TaskEvent): void {
    this.state = TRANSITIONS[this.state][event] ?? this.state;
  }

  async play(step: (typeof STEPS)[number]): Promise<void> {
    const { db } = database.client;
    const stale: Lease = { taskId: this.id, token: randomUUID() };
    const settle = (outcome: Parameters<typeof settleTask>[2]) =>
      settleTask(db, this.lease ?? stale, outcome).then(
        () => true,
        () => false,
      );
    const wasActive = this.state === 'active';
    switch (step) {
      case 'claim': {
        const claimed = await claimTask(db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 });
        if (claimed) this.lease = claimed.lease;
        expect(claimed !== null).toBe(this.state === 'queued');
        if (this.state === 'queued') this.attempt++;
        if (this.state === 'queued') this.follow('claim');
        return;
      }
      case 'expire and claim': {
        await db
          .update(tasks)
          .set({ leaseUntil: sql`now() - interval '1 s'` })
          .where(sql`${tasks.id} = ${this.id} and state = 'active'`);
        const claimed = await claimTask(db, { worker: 'w', kinds: ['train'], leaseSeconds: 60 });
        if (claimed) {
          this.follow(this.state === 'queued' ? 'claim' : 'reclaim');
          this.lease = claimed.lease;
          this.attempt++;
          expect(this.attempt).toBeLessThanOrEqual(ATTEMPTS);
        } else if (wasActive) await this.#wakeUp();
        return;
      }
      case 'expire and tidy': {
        await db
          .update(tasks)
          .set({ leaseUntil: sql`now() - interval '1 s'` })
          .where(sql`${tasks.id} = ${this.id} and state = 'active'`);
        if ((await failExhausted(db)) > 0) {
          expect(this.attempt).toBe(ATTEMPTS);
          this.follow('exhaust');
        } else if (wasActive) {
          expect(this.attempt).toBeLessThan(ATTEMPTS);
          await this.#wakeUp();
        }
        return;
      }
      case 'release':
        expect(await settle({ end: 'released' })).toBe(wasActive);
        if (wasActive) this.attempt--;
        return this.follow('release');
      case 'crash':
        expect(await settle({ end: 'crashed', error })).toBe(wasActive);
        return this.follow(this.attempt >= ATTEMPTS ? 'fail' : 'release');
      case 'succeed':
        expect(await settle({ end: 'succeeded' })).toBe(wasActive);
        return this.follow('succeed');
      case 'fail':
        expect(await settle({ end: 'failed', error })).toBe(wasActive);
        return this.follow('fail');
      case 'cancel': {
        const outcome = await controlTask(db, this.id, 'cancel');
        expect(outcome?.result).toBe(isEndState(this.state) ? 'finished' : wasActive ? 'asked' : 'ended');
        if (!wasActive) this.follow('discard');
        return;
      }
    }
  }

  /** The worker that was thought dead renews its lease after all. */
  async #wakeUp(): Promise<void> {
    const { db } = database.client;
    await db.update(tasks).set({ leaseUntil: sql`now() + interval '60 s'` }).where(eq(tasks.id, this.id));
  }
}

const STEPS = [
  'claim',
  'expire and claim',
  'expire and tidy',
  'release',
  'crash',
  'succeed',
  'fail',
  'cancel',
] as const;

it('whatever happens in whatever order, a task is only ever where the transition table allows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 14 }), async steps => {
      const { db } = database.client;
      await db.delete(models);
      const [blob] = await db.insert(blobs).values({ sha256: randomUUID() }).returning();
      const [model] = await db
        .insert(models)
        .values({ trainingConfig: {}, seed: 1, datasetBlob: blob!.id })
        .returning();
      const player = new Player(await enqueueTask(db, { kind: 'train', modelUid: model!.uid, maxAttempts: ATTEMPTS }));
      for (const step of steps) {
        await player.play(step);
        const [row] = await db.select().from(tasks).where(eq(tasks.id, player.id));
        expect({ state: row!.state, attempt: row!.attempt }).toEqual({ state: player.state, attempt: player.attempt });
        expect(row!.finishedAt !== null).toBe(isEndState(player.state));
        expect(row!.leaseToken !== null).toBe(player.state === 'active');
      }
    }),
    { numRuns: 80 },
  );
});

it('the transition table knows every state and event, and end states are left by nothing', () => {
  expect(Object.keys(TRANSITIONS).toSorted()).toEqual([...TASK_STATES].toSorted());
  expect(TASK_STATES.filter(isEndState)).toEqual(['succeeded', 'failed', 'canceled']);
  const events = new Set(Object.values(TRANSITIONS).flatMap(row => Object.keys(row)));
  expect([...events].toSorted()).toEqual([...TASK_EVENTS].toSorted());
});
