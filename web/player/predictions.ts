/**
 * The predictions of an inference as they are read from the service: in pieces, while the inference runs behind those that are there, and
 * without holding up the page: it draws between two slices of parsing.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { SleapError } from '../../client/sleap-error.ts';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client } from '../api/client.ts';
import { USUAL_FPS } from './frame-clock.ts';
import { PredictionColumns } from './prediction-columns.ts';

/** Parsing goes on so long before the page may draw. */
const SLICE_MS = 10;

interface Growing {
  columns: PredictionColumns;
  /** Rows of the columns when this was told. */
  length: number;
}

export interface Predictions {
  /** A new object whenever rows were added. */
  growing: ReadonlySignal<Growing>;
  /** Why they cannot be read; null while they can. */
  failure: ReadonlySignal<SleapError | null>;
  /** More is on its way: rows behind the last one are not known yet. */
  isReading: ReadonlySignal<boolean>;
  /** Reads until as many frames are here as are stored; also to try again after a failure. */
  catchUp: (stored: number) => Promise<void>;
}

/** Those of an inference while the component is shown, as far as they are stored. */
export function usePredictions(inference: InferenceResource): Predictions {
  const { results_id: id, frames_stored: stored, state } = inference;
  const store = useMemo(() => openPredictions(inference), [id]);
  useEffect(() => () => store.close(), [store]);
  useEffect(() => void store.catchUp(stored), [store, stored, state]);
  return store;
}

function openPredictions({ results_id: id, keypoints, video }: InferenceResource) {
  const intervalSeconds = 1 / (video?.fps || USUAL_FPS);
  const closing = new AbortController();
  const failure = signal<SleapError | null>(null);
  const isReading = signal(true);
  let isBusy = false;
  let columns = new PredictionColumns(keypoints);
  const growing = signal<Growing>({ columns, length: 0 });
  let wanted = 0;

  const tell = () => {
    if (growing.peek().columns !== columns || growing.peek().length !== columns.length) {
      growing.value = { columns, length: columns.length };
    }
  };
  const readBehind = async (into: PredictionColumns) => {
    const last = into.length > 0 ? into.frame(into.length - 1) : -1;
    let sliceMs = performance.now();
    const frames = client.frames(id, last, { signal: closing.signal });
    for (;;) {
      const { done, value: frame } = await frames.next().catch(brokenOff);
      if (done) return;
      into.add(frame, frame.frame * intervalSeconds);
      if (performance.now() - sliceMs < SLICE_MS) continue;
      if (into === columns) tell();
      await new Promise(resolve => setTimeout(resolve));
      sliceMs = performance.now();
    }
  };
  const readAll = async (goal: number) => {
    await readBehind(columns);
    if (columns.length >= goal) return;
    // Frames were stored before some that are here already.
    const again = new PredictionColumns(keypoints);
    await readBehind(again);
    columns = again;
  };

  return {
    growing,
    failure,
    isReading,
    async catchUp(stored: number): Promise<void> {
      wanted = stored;
      if (isBusy) return;
      isBusy = true;
      isReading.value = true;
      try {
        for (let goal = -1; goal !== wanted && columns.length < wanted; ) {
          goal = wanted;
          await readAll(goal);
          tell();
        }
        failure.value = null;
      } catch (thrown) {
        tell();
        if (!closing.signal.aborted) failure.value = asFailure(thrown);
      } finally {
        isBusy = false;
        isReading.value = false;
      }
    },
    close: () => closing.abort(),
  };
}

/** A line that breaks in the middle of an answer is told as one that gives no answer. */
function brokenOff(cause: unknown): never {
  if (cause instanceof SleapError) throw cause;
  throw new SleapError('no_answer', 'The predictions broke off.', { remedy: 'Read them again.', cause });
}
