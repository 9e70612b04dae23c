/**
 * Tells live readers (event streams, those who wait) when a model or a check may have changed: one LISTEN connection a process, however many readers.
 * A reader wakes by a hint or by the clock, then reads the tables; see queue/listen.ts for why both.
 */
import type { Client } from '../db/client.ts';
import { listen } from '../queue/listen.ts';
import { pause } from './pause.ts';

export interface Subscription {
  /** Resolves at the next change, at once if one came since the last call, or after `timeoutMs`, or when `signal` fires. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export class ChangeFeed {
  readonly #readers = new Set<(id: string | null) => void>();
  readonly #client: Client;
  #unlisten: Promise<() => Promise<void>> | null = null;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @param subject the model or the check to hear of; null for any. */
  subscribe(subject: string | null): Subscription {
    this.#unlisten ??= listen(this.#client.sql, 'change', id => {
      for (const reader of this.#readers) reader(id);
    });
    // Without LISTEN (a pooler in transaction mode) readers still wake by the clock.
    this.#unlisten.catch(() => {});
    let changed = false;
    let wake: (() => void) | null = null;
    const reader = (id: string | null) => {
      if (id !== null && subject !== null && id !== subject) return;
      changed = true;
      wake?.();
    };
    this.#readers.add(reader);
    return {
      async next(timeoutMs, signal) {
        if (!changed) await pause(timeoutMs, signal, arm => (wake = arm));
        changed = false;
        wake = null;
      },
      close: () => this.#readers.delete(reader),
    };
  }

  async close(): Promise<void> {
    const unlisten = await this.#unlisten?.catch(() => null);
    await unlisten?.();
  }
}
