/**
 * `Prefer: wait=n` (RFC 7240 §4.3): a client that would rather wait than ask again gets its answer once the task has ended, after n seconds
 * at the latest. The answer is the usual one, with how the task stands; without the header nothing is added.
 */
import type { Context } from 'hono';
import { awaitTask, type TaskOutcome } from '../service/await-task.ts';
import type { AppContext } from './context.ts';

/** Beyond it, proxies and clients give up anyway. */
export const MOST_WAIT_SECONDS = 300;

/**
 * The seconds that a client wants to wait, at most 300, which the answer then confirms (Preference-Applied).
 * @returns null: it did not say. Other preferences than `wait` are none of ours.
 */
export function preferredWait(c: Context): number | null {
  const [, digits] = /(?:^|,)\s*wait\s*=\s*"?(\d+)"?\s*(?:[,;]|$)/i.exec(c.req.header('prefer') ?? '') ?? [];
  return digits === undefined ? null : Math.min(Number(digits), MOST_WAIT_SECONDS);
}

/** Fires after so many seconds, or when the client leaves. */
export function patience(c: Context, seconds: number): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(1000 * seconds), c.req.raw.signal]);
}

export function confirmWait(c: Context, seconds: number): void {
  c.header('Preference-Applied', `wait=${seconds}`);
}

/** How the task stands once the client does not want to wait any longer; nothing where it did not ask to, or where the task is gone. */
export async function awaitIfPreferred(ctx: AppContext, c: Context, taskId: string): Promise<Partial<TaskOutcome>> {
  const seconds = preferredWait(c);
  if (seconds === null) return {};
  const outcome = await awaitTask(ctx, taskId, patience(c, seconds));
  if (outcome === null) return {};
  confirmWait(c, seconds);
  return outcome;
}
