/**
 * How far a model was from the labels after each epoch. The event stream does not carry it, so it is asked for when epochs came, at most
 * every two seconds, and only what is new.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { EpochErrors } from '../../src/contract/curves.ts';
import { requests } from '../api/client.ts';
import type { ModelStore } from '../api/model-store.ts';
import { paced } from '../api/paced.ts';

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
    const held: EpochErrors = { epochs: [], mean_px: [], median_px: [], p90_px: [], pck: [], oks: [] };
    const ask = async (signal: AbortSignal) => {
      const query = { after: held.epochs.at(-1) ?? -1 };
      const path = `/api/models/${encodeURIComponent(uid)}/errors`;
      const came = await requests.json<EpochErrors>({ path, query, signal });
      for (const name of COLUMNS) for (const value of came[name]) (held[name] as (number | null)[]).push(value);
      if (held.pck.some(value => value !== null)) store.errors.value = { ...held };
    };
    const { hear, close } = paced({ leastMs: PAUSE_MS, ask, failure: store.failure });
    const unsubscribe = rows.subscribe(known => {
      if (known.length > 0) hear();
    });
    return () => {
      unsubscribe();
      close();
    };
  }, [uid]);
  return store;
}
