/**
 * How many frames of each inference have predictions. That is a sum over its chunks, which a list of hundreds of inferences, read every few
 * seconds, would make again and again for numbers that do not change any more: those of inferences that have ended are remembered, by each
 * process for itself. Nothing stores predictions for a task that has ended (queue/lease.ts), so what is remembered never goes stale.
 */
import { inArray, sql } from 'drizzle-orm';
import type { Client } from '../db/client.ts';
import { predictionChunks } from '../db/schema.ts';
import type { ServiceContext } from './context.ts';

/** Some hundred bytes each. */
const MOST_REMEMBERED = 10_000;

const remembered = new WeakMap<Client, Map<number, number>>();

/** @param asked with whether its task was seen to have ended before this is asked. */
export async function storedFrames(
  { client }: ServiceContext,
  asked: readonly { id: number; hasEnded: boolean }[],
): Promise<Map<number, number>> {
  const known = remembered.get(client) ?? new Map<number, number>();
  remembered.set(client, known);
  const unknown = asked.filter(({ id, hasEnded }) => !(hasEnded && known.has(id)));
  const counted = await countFrames(
    client,
    unknown.map(({ id }) => id),
  );
  const frames = new Map(asked.map(({ id }) => [id, counted.get(id) ?? known.get(id) ?? 0]));
  for (const { id, hasEnded } of unknown) if (hasEnded) known.set(id, frames.get(id)!);
  for (const eldest of known.keys()) {
    if (known.size <= MOST_REMEMBERED) break;
    known.delete(eldest);
  }
  return frames;
}

async function countFrames({ db }: Client, ids: number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: predictionChunks.inferenceId, frames: sql<number>`sum(${predictionChunks.frames})::int` })
    .from(predictionChunks)
    .where(inArray(predictionChunks.inferenceId, ids))
    .groupBy(predictionChunks.inferenceId);
  return new Map(rows.map(({ id, frames }) => [id, frames]));
}
