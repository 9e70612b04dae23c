/**
 * Asking again as news comes: one request at a time, at most every so often, and once more when something was heard while the answer was
 * under way. An answer that takes longer than the next news is waited for, so that a slow service is asked seldom and not in vain.
 */
import type { Signal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import { asFailure } from './client.ts';

export interface Paced {
  /** There may be something new. The first time it is asked for at once. */
  hear: () => void;
  /** Ends what is under way. */
  close: () => void;
}

interface PacedOptions {
  /** Between the beginnings of two requests. */
  leastMs: number;
  /** What is asked for, and taken in. */
  ask: (signal: AbortSignal) => Promise<void>;
  /** Told why the last request failed; null: it did not. */
  failure: Signal<SleapError | null>;
}

export function paced({ leastMs, ask, failure }: PacedOptions): Paced {
  const closing = new AbortController();
  const { signal } = closing;
  let timer = 0;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  let isDue = false;

  const run = async () => {
    [isAsking, isDue, askedAtMs] = [true, false, performance.now()];
    try {
      await ask(signal);
      failure.value = null;
    } catch (thrown) {
      if (!signal.aborted) failure.value = asFailure(thrown);
    } finally {
      isAsking = false;
    }
    if (isDue) hear();
  };
  const hear = () => {
    if (signal.aborted) return;
    isDue = true;
    if (isAsking) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => void run(), Math.max(0, askedAtMs + leastMs - performance.now()));
  };
  return {
    hear,
    close() {
      clearTimeout(timer);
      closing.abort();
    },
  };
}
