/**
 * Whole training logs of a few models, column by column, kept up to date: read once, then only the epochs behind the last that is held, when
 * the model has had more. A model that another try began anew is read again from its start.
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { Curves, EpochErrors } from '../../src/contract/curves.ts';
import { asFailure, requests } from '../api/client.ts';
import { models } from '../api/models-store.ts';

/** The epochs, and as many numbers of each measure. */
export interface Course {
  epochs: readonly number[];
  [column: string]: readonly (number | null)[];
}

/** Asks for what is behind epoch `after` (-1: all) of several models. */
type Reader = (uids: readonly string[], after: number) => Promise<ReadonlyMap<string, Course>>;

interface Held {
  course: Course;
  /** Epochs that the model had when it was asked. */
  epochs: number;
  attempt: number;
}

interface Courses {
  /** By model_uid; absent: not read yet. */
  held: ReadonlySignal<ReadonlyMap<string, Held>>;
  /** Of the last time of asking. */
  failure: ReadonlySignal<SleapError | null>;
  want: (uids: readonly string[]) => void;
}

const LEAST_INTERVAL_MS = 2000;
const NO_EPOCHS: Course = { epochs: [] };

export const lossCourses = createCourses(async (uids, after) => {
  const { curves } = await requests.json<Curves>({ path: '/api/models/curves', query: { model_uid: uids, after } });
  return new Map(curves.map(({ model_uid, ...course }) => [model_uid, course]));
});

export const errorCourses = createCourses(async (uids, after) => {
  const read = async (uid: string): Promise<Course> => {
    const path = `/api/models/${encodeURIComponent(uid)}/errors`;
    try {
      return { ...(await requests.json<EpochErrors>({ path, query: { after } })) };
    } catch (thrown) {
      if (asFailure(thrown).status === 404) return NO_EPOCHS; // deleted a moment ago
      throw thrown;
    }
  };
  return new Map(await Promise.all(uids.map(async uid => [uid, await read(uid)] as const)));
});

/** Keeps the courses of these models up to date while the component is shown. */
export function useCourses(courses: Courses, uids: readonly string[]): void {
  useEffect(() => {
    courses.want(uids);
    return () => courses.want([]);
  }, [courses, uids]);
}

function createCourses(read: Reader): Courses {
  const held = signal<ReadonlyMap<string, Held>>(new Map());
  const failure = signal<SleapError | null>(null);
  let wanted: readonly string[] = [];
  let timer = 0;
  let isAsking = false;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  /** Of the wanted models those with news, by the last epoch that is held of them. */
  const news = () => {
    const after = new Map<number, string[]>();
    for (const uid of wanted) {
      const model = models.peek()?.get(uid);
      const has = held.peek().get(uid);
      if (model === undefined || (has?.epochs === model.epochs && has.attempt === model.attempt)) continue;
      const goesOn = has !== undefined && has.attempt === model.attempt && has.epochs < model.epochs;
      const last = goesOn ? (has.course.epochs.at(-1) ?? -1) : -1;
      after.set(last, [...(after.get(last) ?? []), uid]);
    }
    return after;
  };
  const ask = async () => {
    isAsking = true;
    askedAtMs = performance.now();
    const asOf = models.peek()!;
    const next = new Map(held.peek());
    const take = async ([after, uids]: [number, string[]]) => {
      const answered = await read(uids, after);
      for (const uid of uids) {
        const more = answered.get(uid) ?? NO_EPOCHS;
        const { epochs, attempt } = asOf.get(uid)!;
        next.set(uid, { course: after === -1 ? more : joined(next.get(uid)!.course, more), epochs, attempt });
      }
    };
    try {
      await Promise.all([...news()].map(take));
      held.value = next;
      failure.value = null;
    } catch (thrown) {
      // The next news of the models has this asked again.
      failure.value = asFailure(thrown);
      return;
    } finally {
      isAsking = false;
    }
    askSoon();
  };
  const askSoon = () => {
    const after = news();
    if (isAsking || after.size === 0) return;
    // What is not there at all does not wait for the rhythm of news.
    const waitMs = after.has(-1) ? 0 : Math.max(0, askedAtMs + LEAST_INTERVAL_MS - performance.now());
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), waitMs);
  };
  effect(() => {
    if (models.value !== null) askSoon();
  });
  return {
    held,
    failure,
    want(uids) {
      wanted = uids;
      askSoon();
    },
  };
}

function joined(course: Course, more: Course): Course {
  return Object.fromEntries(
    Object.entries(more).map(([name, column]) => [name, [...(course[name] ?? []), ...column]]),
  ) as unknown as Course;
}
