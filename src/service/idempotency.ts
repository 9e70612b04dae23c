/**
 * Requests that may be sent twice: with an Idempotency-Key, the second one gets the answer of the first and changes nothing
 * (draft-ietf-httpapi-idempotency-key-header). The key is written in the transaction of the work, so there is never one without the other; a
 * request that was refused leaves no key behind. Keys are kept for a day (housekeeping.ts).
 */
import { and, eq } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { idempotencyKeys } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';

export interface Idempotency {
  /** What is asked for, such as `POST /api/train-network`. */
  scope: string;
  key: string;
  /** Of all that the request says, its file included. */
  fingerprint: string;
}

/** What a verb answered, now or to the same request before. */
export interface Answered<T> {
  answer: T;
  replayed: boolean;
}

/**
 * Runs `work` in a transaction, once for each key.
 * @param idempotency null: the request has no key, and each one is its own.
 * @param prepare what has to be checked before; not asked for a request that was answered already, since what it named may be gone.
 * @throws AppError idempotency_key_reused; whatever `prepare` and `work` throw.
 */
export async function answerOnce<T extends object, P = void>(
  ctx: ServiceContext,
  idempotency: Idempotency | null,
  prepare: () => Promise<P>,
  work: (tx: Executor, prepared: P) => Promise<T>,
): Promise<Answered<T>> {
  const { db } = ctx.client;
  const earlier = idempotency && (await findAnswer<T>(db, idempotency));
  if (earlier) return earlier;
  const prepared = await prepare();
  return db.transaction(async tx => {
    // A request with the same key that is being worked on makes this insert wait for its end.
    if (idempotency && !(await claimKey(tx, idempotency))) return (await findAnswer<T>(tx, idempotency))!;
    const answer = await work(tx, prepared);
    if (idempotency)
      await tx
        .update(idempotencyKeys)
        .set({ answer: answer as Record<string, unknown> })
        .where(isOf(idempotency));
    return { answer, replayed: false };
  });
}

const isOf = ({ scope, key }: Idempotency) => and(eq(idempotencyKeys.scope, scope), eq(idempotencyKeys.key, key));

/** @returns whether the key was free. */
async function claimKey(tx: Executor, idempotency: Idempotency): Promise<boolean> {
  const rows = await tx
    .insert(idempotencyKeys)
    .values({ ...idempotency, answer: {} })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  return rows.length > 0;
}

async function findAnswer<T>(db: Executor, idempotency: Idempotency): Promise<Answered<T> | null> {
  const [row] = await db.select().from(idempotencyKeys).where(isOf(idempotency));
  if (!row) return null;
  if (row.fingerprint !== idempotency.fingerprint)
    throw new AppError('idempotency_key_reused', `The Idempotency-Key "${row.key}" came with another request before.`, {
      remedy: 'Use a new key for a new request; the same key is for sending the same request again.',
    });
  return { answer: row.answer as T, replayed: true };
}
