/** Workers, open tasks and readiness, asked for together every five seconds while the page is visible. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { SleapError } from '../../client/sleap-error.ts';
import type { TaskResource } from '../../src/contract/task.ts';
import type { WorkerResource } from '../../src/contract/worker.ts';
import { asFailure, client } from '../api/client.ts';

const INTERVAL_MS = 5000;
/** Of the open tasks; a longer queue is cut off here. */
const MOST_TASKS = 500;

interface Operation {
  workers: readonly WorkerResource[];
  /** Those being done first, then those that wait, in the order of the queue. */
  tasks: readonly TaskResource[];
  /** Why work sent now would not be done; null: it would. */
  notReady: SleapError | null;
}

interface Watched {
  /** null until the first answer. */
  state: ReadonlySignal<Operation | null>;
  /** Of the last time of asking. */
  failure: ReadonlySignal<SleapError | null>;
  askNow: () => void;
}

/** Asked for while the component is shown. */
export function useOperation(): Watched {
  const state = useSignal<Operation | null>(null);
  const failure = useSignal<SleapError | null>(null);
  const askNow = useRef(() => {});
  useEffect(() => {
    const ends = new AbortController();
    const { signal } = ends;
    let timer = 0;
    const ask = async () => {
      clearTimeout(timer);
      try {
        state.value = await readOperation(signal);
        failure.value = null;
      } catch (thrown) {
        if (signal.aborted) return;
        failure.value = asFailure(thrown);
      }
      clearTimeout(timer);
      if (!document.hidden) timer = window.setTimeout(() => void ask(), INTERVAL_MS);
    };
    const onVisibility = () => {
      if (document.hidden) clearTimeout(timer);
      else void ask();
    };
    askNow.current = () => void ask();
    document.addEventListener('visibilitychange', onVisibility);
    void ask();
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      ends.abort();
    };
  }, []);
  return { state, failure, askNow: () => askNow.current() };
}

async function readOperation(signal: AbortSignal): Promise<Operation> {
  const [workers, { tasks }, notReady] = await Promise.all([
    client.workers({ signal }),
    client.taskPage({ state: ['active', 'queued'], sort: 'created_at', limit: MOST_TASKS, signal }),
    readReadiness(signal),
  ]);
  return { workers, tasks: inQueueOrder(tasks), notReady };
}

/** A service that is not ready says so with an error; that is an answer here. */
async function readReadiness(signal: AbortSignal): Promise<SleapError | null> {
  try {
    await client.health({ signal });
    return null;
  } catch (thrown) {
    if (thrown instanceof SleapError && thrown.code === 'not_ready') return thrown;
    throw thrown;
  }
}

function inQueueOrder(tasks: readonly TaskResource[]): TaskResource[] {
  const place = ({ state, waiting_before }: TaskResource) =>
    state === 'active' ? -1 : (waiting_before ?? Number.POSITIVE_INFINITY);
  // Tasks of the same place stay as they arrived.
  return tasks.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}
