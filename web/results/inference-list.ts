/**
 * The inferences that a filter lets through, newest first, kept up to date while the list is shown: read in pages as far as the reader
 * has gone, asked again every few seconds while one of them is open, and seldom otherwise. There is no event stream of all inferences; a
 * stream for each would use up the six connections that a browser has.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { TaskState } from '../../src/contract/task.ts';
import { asFailure, client } from '../api/client.ts';
import { isEnded } from '../language/state-words.ts';

const PAGE_INFERENCES = 50;
/** As many as one answer holds. */
const MOST_AT_ONCE = 500;
const ASK_AGAIN_MS = 3_000;
const ASK_SELDOM_MS = 20_000;

export interface InferenceList {
  /** Newest first; null until the first page arrived. */
  inferences: ReadonlySignal<readonly InferenceResource[] | null>;
  hasMore: ReadonlySignal<boolean>;
  /** Why the list cannot be brought up to date; null while it can. */
  failure: ReadonlySignal<SleapError | null>;
  showMore: () => void;
  /** Asks now: something was changed from here. */
  refresh: () => void;
}

/** @param modelUid null: of all models. @param state null: all. */
export function useInferenceList(modelUid: string | null, state: TaskState | null): InferenceList {
  const list = useMemo(() => prepareList(modelUid, state), [modelUid, state]);
  useEffect(() => list.open(), [list]);
  return list;
}

function prepareList(modelUid: string | null, state: TaskState | null): InferenceList & { open: () => () => void } {
  const inferences = signal<readonly InferenceResource[] | null>(null);
  const hasMore = signal(false);
  const failure = signal<SleapError | null>(null);
  const filter = { ...(modelUid !== null && { model_uid: modelUid }), ...(state !== null && { state }) };
  let isOpen = false;
  let wanted = PAGE_INFERENCES;
  let reading = new AbortController();
  let timer = 0;

  const read = async () => {
    // A video that is queued after the view was left asks for the list once more.
    if (!isOpen) return;
    clearTimeout(timer);
    reading.abort();
    reading = new AbortController();
    const { signal } = reading;
    try {
      const { found, isCut } = await readPages({ ...filter, signal }, wanted);
      inferences.value = found;
      hasMore.value = isCut;
      failure.value = null;
    } catch (thrown) {
      if (signal.aborted) return;
      failure.value = asFailure(thrown);
    }
    // Who looks elsewhere is told when he comes back.
    if (!document.hidden) timer = window.setTimeout(read, pauseMs());
  };
  const pauseMs = () => (inferences.peek()?.some(({ state }) => !isEnded(state)) ? ASK_AGAIN_MS : ASK_SELDOM_MS);
  const onVisibility = () => {
    if (document.hidden) clearTimeout(timer);
    else void read();
  };
  return {
    ...{ inferences, hasMore, failure },
    showMore() {
      wanted += PAGE_INFERENCES;
      void read();
    },
    refresh: () => void read(),
    open() {
      isOpen = true;
      document.addEventListener('visibilitychange', onVisibility);
      void read();
      return () => {
        isOpen = false;
        document.removeEventListener('visibilitychange', onVisibility);
        clearTimeout(timer);
        reading.abort();
      };
    },
  };
}

async function readPages(filter: { model_uid?: string; state?: TaskState; signal: AbortSignal }, wanted: number) {
  const found: InferenceResource[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const limit = Math.min(MOST_AT_ONCE, wanted - found.length);
    const page = await client.inferencePage({ ...filter, limit, ...(cursor && { cursor }) });
    found.push(...page.inferences);
    cursor = page.next_cursor;
    if (found.length >= wanted) return { found, isCut: cursor !== null };
  }
  return { found, isCut: false };
}
