/**
 * Tells live readers (event streams, those who wait) when a model or a check may have changed. A reader wakes by a hint or by the clock, then
 * reads the tables; see queue/listen.ts for why both.
 *
 * Two kinds, chosen by CHANGES. One that listens holds one LISTEN connection a process, however many readers. One that polls holds none and
 * wakes by the clock alone: for a pooler that gives connections out by the transaction, and for a runtime where no connection outlives a request.
 */
import type { Config } from '../config.ts';
import type { Client } from '../db/client.ts';
import { listen } from '../queue/listen.ts';
import { pause } from './pause.ts';

interface Subscription {
  /** Resolves at the next change, at once if one came since the last call, or after `timeoutMs`, or when `signal` fires. */
  next(timeoutMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface ChangeFeed {
  /** @param subject the model or the check to hear of; null for any. */
  subscribe(subject: string | null): Subscription;
  /** Ends what the feed holds; its readers wake by the clock from then on. */
  close(): Promise<void>;
}

export function openChangeFeed({ CHANGES }: Pick<Config, 'CHANGES'>, client: Client): ChangeFeed {
  return CHANGES === 'listen' ? new ListeningFeed(client) : POLLING_FEED;
}

const POLLING_FEED: ChangeFeed = {
  subscribe: () => ({ next: (timeoutMs, signal) => pause(timeoutMs, signal), close: () => {} }),
  close: async () => {},
};

class ListeningFeed implements ChangeFeed {
  readonly #readers = new Set<(id: string | null) => void>();
  readonly #client: Client;
  #unlisten: Promise<() => Promise<void>> | null = null;

  constructor(client: Client) {
    this.#client = client;
  }

  subscribe(subject: string | null): Subscription {
    this.#unlisten ??= listen(this.#client.sql, 'change', id => {
      for (const reader of this.#readers) reader(id);
    });
    // Where LISTEN fails readers still wake by the clock.
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
