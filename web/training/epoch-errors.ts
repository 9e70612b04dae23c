/**
 * How far a model was from the labels after each epoch. The event stream does not carry it, so it is asked for when epochs came, at most
 * every two seconds, and only what is new.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { EpochErrors } from '../../src/contract/curves.ts';
import { asFailure, requests } from '../api/client.ts';
import type { ModelStore } from '../api/model-store.ts';

const COLUMNS = ['epochs', 'mean_px', 'median_px', 'p90_px', 'pck', 'oks'] as const;
const PAUSE_MS = 2000;

export interface EpochErrorsStore {
  /** null until something was measured. A new object whenever something came. */
  errors: ReadonlySignal<EpochErrors | null>;
  failure: ReadonlySignal<SleapError | null>;
}

export function useEpochErrors(uid: string, { rows }: ModelStore): EpochErrorsStore {
  const store = useMemo(
    () => ({ errors: signal<EpochErrors | null>(null), failure: signal<SleapError | null>(null) }),
    [uid],
  );
  useEffect(() => {
    const stop = new AbortController();
    const held: EpochErrors = { epochs: [], mean_px: [], median_px: [], p90_px: [], pck: [], oks: [] };
    let timer = 0;
    let isBusy = false;
    let askedAtMs = 0;

    const ask = async () => {
      isBusy = true;
      askedAtMs = Date.now();
      const newest = rows.peek().at(-1)?.epoch;
      try {
        const query = { after: held.epochs.at(-1) ?? -1 };
        const path = `/api/models/${encodeURIComponent(uid)}/errors`;
        const came = await requests.json<EpochErrors>({ path, query, signal: stop.signal });
        for (const name of COLUMNS) for (const value of came[name]) (held[name] as (number | null)[]).push(value);
        if (held.pck.some(value => value !== null)) store.errors.value = { ...held };
        store.failure.value = null;
      } catch (thrown) {
        if (stop.signal.aborted) return;
        store.failure.value = asFailure(thrown);
      }
      isBusy = false;
      if (rows.peek().at(-1)?.epoch !== newest) askSoon();
    };
    const askSoon = () => {
      if (isBusy) return;
      clearTimeout(timer);
      timer = window.setTimeout(ask, Math.max(0, askedAtMs + PAUSE_MS - Date.now()));
    };
    const unsubscribe = rows.subscribe(known => {
      if (known.length > 0) askSoon();
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
      stop.abort();
    };
  }, [uid]);
  return store;
}
