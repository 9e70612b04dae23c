/** The turns of an event stream: when it should read the tables again. */
import type { ChangeFeed } from './changes.ts';
import type { ServiceContext } from './context.ts';
import { pause } from './pause.ts';

/**
 * Yields at once, then after each change, until the signal fires; by the clock too, since notifications may be lost.
 * @param subject the model or the check to hear of; null for any. @param intervalMs shortest time between two turns.
 */
export async function* turns(
  ctx: ServiceContext & { changes: ChangeFeed },
  { subject, intervalMs }: { subject: string | null; intervalMs: number },
  signal: AbortSignal,
): AsyncGenerator<void> {
  const changes = ctx.changes.subscribe(subject);
  try {
    while (!signal.aborted) {
      yield;
      await pause(intervalMs, signal);
      await changes.next(ctx.config.POLL_SECONDS * 1000, signal);
    }
  } finally {
    changes.close();
  }
}
