/** Readers that come and go: whatever happens between, every epoch and every line of the log reaches them exactly once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventCursor } from '../../src/contract/events.ts';
import { cursorOf, eventId } from '../../src/contract/events.ts';
import { epochs } from '../../src/db/schema.ts';
import { addToLog, withLease } from '../../src/queue/lease.ts';
import { appendLog } from '../../src/queue/log.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { type ReceivedEvent, readEvents } from '../support/event-stream.ts';
import { handWorker } from '../support/hand-worker.ts';
import { submit } from '../support/training-request.ts';

const database = useDatabase();
const api = useApi(database, { POLL_SECONDS: '30' }); // so slow that what arrives soon came by a notification
const hand = handWorker(database, api);
const db = () => database.client.db;

type Step =
  | { do: 'epoch' | 'line' | 'both' }
  /** Comes, takes so many events that have an id, or as many as there are, and leaves. */
  | { do: 'read'; most: number; by: 'header' | 'query' }
  /** Something is written while it reads. */
  | { do: 'watch' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('epoch', 'line', 'both') }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('read'), most: fc.nat(4), by: fc.constantFrom('header', 'query') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('watch') }) },
);

async function newWorld() {
  const { model_uid: modelUid, task_id: taskId } = await submit(api);
  const { lease } = await hand.claim();
  // The line of the claim.
  let [written, lines, received] = [1, 1, [] as ReceivedEvent[]];
  let epoch = -1;
  let lastId: string | null = null;
  const row = () => ({ modelUid, epoch: ++epoch, loss: 1, valLoss: 2, lr: 1e-3, seconds: 1 });
  const line = () => ({ level: 'info', message: `Line ${++lines}.` }) as const;

  /** Reads from one connection until there are `wanted` more events with an id; null: to the end. */
  async function connect(wanted: number | null, by: 'header' | 'query', meanwhile?: () => Promise<void>) {
    const leave = new AbortController();
    const asked: string = lastId !== null && by === 'query' ? `?last_event_id=${lastId}` : '';
    const headers: Record<string, string> = lastId !== null && by === 'header' ? { 'Last-Event-ID': lastId } : {};
    const response = await api.get(`/api/models/${modelUid}/events${asked}`, { headers, signal: leave.signal });
    let left = wanted;
    let hasBegun = false;
    for await (const event of readEvents(response)) {
      if (!hasBegun) await meanwhile?.();
      hasBegun = true;
      if (left === 0) break;
      if (event.id === null) continue;
      received.push(event);
      lastId = event.id;
      if (left !== null && --left === 0) break;
    }
    leave.abort();
  }
  const world = {
    async write(what: 'epoch' | 'line' | 'both') {
      written += what === 'both' ? 2 : 1;
      if (what === 'line') return addToLog(db(), lease, [line()]);
      await withLease(db(), lease, async tx => {
        await tx.insert(epochs).values(row());
        if (what === 'both') await appendLog(tx, taskId, [line()]);
      });
    },
    read: (most: number, by: 'header' | 'query') => connect(Math.min(most, written - received.length), by),
    watch: () => connect(written - received.length + 2, 'header', () => world.write('both')),
    async end() {
      await settleTask(db(), lease, { end: 'succeeded' });
      await connect(null, 'header');
      const numbers = (name: string, key: string) =>
        received.filter(({ event }) => event === name).map(({ data }) => data[key]);
      expect(numbers('epoch', 'epoch')).toEqual(Array.from({ length: epoch + 1 }, (_, i) => i));
      expect(numbers('log', 'seq')).toEqual(Array.from({ length: lines + 1 }, (_, i) => i + 1));
    },
  };
  return world;
}

describe('a reader that comes back with the last id it saw', () => {
  it('has every epoch and every line exactly once in the end, wherever it was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async steps => {
        const world = await newWorld();
        for (const step of steps) {
          if (step.do === 'read') await world.read(step.most, step.by);
          else if (step.do === 'watch') await world.watch();
          else await world.write(step.do);
        }
        await world.end();
      }),
      { numRuns: 12 },
    );
  });
});

describe('an id', () => {
  it('names what the reader has, alone or in the way of before; what is none begins from the start', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 999_999_999 }), fc.nat(999_999_999), (epoch, seq) => {
        expect(cursorOf(eventId({ epoch, seq }))).toEqual({ epoch, seq });
        expect(cursorOf(String(epoch))).toEqual({ epoch, seq: 0 });
      }),
    );
    const start: EventCursor = { epoch: -1, seq: 0 };
    for (const id of [undefined, '', 'x', '1.', '.5', '1.5.2', '-2.1', '1e3', '99999999999', '3.99999999999'])
      expect(cursorOf(id), id).toEqual(start);
  });
});
