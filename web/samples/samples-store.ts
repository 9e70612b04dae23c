/**
 * The sample frames of a model and what each epoch found in them: read once, then only what is new, when the model's own stream tells of an
 * epoch (api/model-store.ts). A fast training is asked about every two seconds, not at every epoch.
 */
import { type ReadonlySignal, signal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { Samples } from '../../src/contract/samples.ts';
import { asFailure, requests } from '../api/client.ts';
import type { ModelStore } from '../api/model-store.ts';

const LEAST_PAUSE_MS = 2_000;

export interface SamplesStore {
  /** null until they arrived. */
  samples: ReadonlySignal<Samples | null>;
  /** Why they cannot be shown or brought up to date; null while they can. */
  failure: ReadonlySignal<SleapError | null>;
}

/** The samples of a model while the component is shown. */
export function useSamples(uid: string, { model, rows }: ModelStore): SamplesStore {
  const reader = useMemo(() => readerOf(uid), [uid]);
  useEffect(() => {
    reader.ask();
    return reader.close;
  }, [reader]);
  useSignalEffect(() => {
    const newest = rows.value.at(-1)?.epoch ?? -1;
    // Before the first epoch the frames come with a change of phase.
    const { phase } = model.value ?? {};
    reader.hear(newest, phase ?? '');
  });
  return reader;
}

function readerOf(uid: string) {
  const samples = signal<Samples | null>(null);
  const failure = signal<SleapError | null>(null);
  let reading = new AbortController();
  let timer = 0;
  let askedAtMs = 0;
  let heardPhase = '';
  let heardEpoch = -1;
  let isAsking = false;
  /** Something was heard while the answer was under way. */
  let isHeard = false;

  const lastEpoch = () => samples.peek()?.epochs.at(-1)?.epoch ?? -1;

  const read = async () => {
    askedAtMs = Date.now();
    isAsking = true;
    isHeard = false;
    const { signal } = reading;
    try {
      const path = `/api/models/${encodeURIComponent(uid)}/samples`;
      const news = await requests.json<Samples>({ path, query: { after: lastEpoch() }, signal });
      samples.value = { ...news, epochs: [...(samples.peek()?.epochs ?? []), ...news.epochs] };
      failure.value = null;
    } catch (thrown) {
      if (!signal.aborted) failure.value = asFailure(thrown);
    } finally {
      isAsking = false;
    }
    if (isHeard && heardEpoch > lastEpoch() && !signal.aborted) soon();
  };
  const soon = () => {
    isHeard = true;
    if (isAsking) return;
    clearTimeout(timer);
    timer = window.setTimeout(read, Math.max(0, askedAtMs + LEAST_PAUSE_MS - Date.now()));
  };
  return {
    ...{ samples, failure },
    ask() {
      reading = new AbortController();
      void read();
    },
    hear(newestEpoch: number, phase: string) {
      const mayHaveFrames = samples.peek()?.frames.length === 0 && phase !== heardPhase;
      heardPhase = phase;
      heardEpoch = newestEpoch;
      if (newestEpoch > lastEpoch() || mayHaveFrames) soon();
    },
    close() {
      clearTimeout(timer);
      reading.abort();
    },
  };
}
