/** One inference, kept up to date by its event stream while a component shows it. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { openCountedStream } from '../frame/connection.ts';
import { asFailure, client, urlOf } from './client.ts';

export interface InferenceStore {
  /** null until it arrived. */
  inference: ReadonlySignal<InferenceResource | null>;
  /** Why it cannot be shown or brought up to date; null while it can. */
  failure: ReadonlySignal<SleapError | null>;
  /** Puts in what an answer to a request said, before the stream does. */
  take: (inference: InferenceResource) => void;
}

/** @param id as the address has it. */
export function useInference(id: string): InferenceStore {
  const store = useMemo(() => {
    const inference = signal<InferenceResource | null>(null);
    return {
      inference,
      failure: signal<SleapError | null>(null),
      take: (changed: InferenceResource) => (inference.value = changed),
    };
  }, [id]);
  useEffect(() => {
    const { inference, failure } = store;
    const ask = async () => {
      try {
        store.take(await client.inference(Number(id)));
        failure.value = null;
      } catch (thrown) {
        failure.value = asFailure(thrown);
        if (failure.value.status === 404) stream.close();
      }
    };
    const stream = openCountedStream({
      url: urlOf(`/api/inferences/${encodeURIComponent(id)}/events?events=inference`),
      on: {
        inference: data => {
          inference.value = data as InferenceResource;
          failure.value = null;
        },
      },
      onRefused: () => void ask(),
    });
    return () => stream.close();
  }, [store]);
  return store;
}
