/**
 * The sample frames of a model and what each epoch found in them: read once, then only what is new, when the model's own stream tells of an
 * epoch (api/model-store.ts). A fast training is asked about every two seconds, not at every epoch.
 */
import { type ReadonlySignal, signal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { Samples } from '../../src/contract/samples.ts';
import { requests } from '../api/client.ts';
import type { ModelStore } from '../api/model-store.ts';
import { paced } from '../api/paced.ts';

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
  let heardPhase = '';
  let heardEpoch = -1;
  const lastEpoch = () => samples.peek()?.epochs.at(-1)?.epoch ?? -1;
  const ask = async (signal: AbortSignal) => {
    // What was heard while the answer before was under way may have been in it.
    if (samples.peek()?.frames.length && heardEpoch <= lastEpoch()) return;
    const path = `/api/models/${encodeURIComponent(uid)}/samples`;
    const news = await requests.json<Samples>({ path, query: { after: lastEpoch() }, signal });
    samples.value = { ...news, epochs: [...(samples.peek()?.epochs ?? []), ...news.epochs] };
  };
  const { hear, close } = paced({ leastMs: LEAST_PAUSE_MS, ask, failure });
  return {
    ...{ samples, failure, close },
    ask: hear,
    hear(newestEpoch: number, phase: string) {
      const mayHaveFrames = samples.peek()?.frames.length === 0 && phase !== heardPhase;
      heardPhase = phase;
      heardEpoch = newestEpoch;
      if (newestEpoch > lastEpoch() || mayHaveFrames) hear();
    },
  };
}
