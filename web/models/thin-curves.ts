/**
 * The courses of val_loss for the rows in sight, some forty points each: asked for many models at a time, when a row comes into sight and
 * again when its model has had another epoch. Curves once read are kept: a row that comes back is drawn at once.
 */
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Curve, Curves } from '../../src/contract/curves.ts';
import { asFailure, requests } from '../api/client.ts';
import { models } from '../api/models-store.ts';

const POINTS = 40;
/** The service's limit. */
const MOST_A_REQUEST = 50;
const FIRST_WAIT_MS = 30;
const LEAST_INTERVAL_MS = 2000;

const NO_CURVE = { epochs: [], loss: [], val_loss: [], lr: [], seconds: [] };

interface Known {
  curve: Curve;
  /** Epochs that the model had when it was asked. */
  epochs: number;
  /** Of the task: another try writes its epochs anew. */
  attempt: number;
}

const known = signal<ReadonlyMap<string, Known>>(new Map());
/** How many rows show the model's curve. */
const wanted = new Map<string, number>();
let timer = 0;
let isAsking = false;
let askedAtMs = Number.NEGATIVE_INFINITY;

// A new epoch of a model in sight, or the first pages.
effect(() => {
  if (models.value !== null) askSoon();
});

/** Keeps the models' curves up to date while the component is shown. @param uids a new array is another wish. */
export function useThinCurves(uids: readonly string[]): void {
  useEffect(() => {
    for (const uid of uids) wanted.set(uid, (wanted.get(uid) ?? 0) + 1);
    askSoon();
    return () => {
      for (const uid of uids) {
        const left = wanted.get(uid)! - 1;
        if (left === 0) wanted.delete(uid);
        else wanted.set(uid, left);
      }
    };
  }, [uids]);
}

/** null: not read yet. */
export function thinCurve(uid: string): Curve | null {
  return known.value.get(uid)?.curve ?? null;
}

/** Lowest val_loss so far; null: not read yet, or no epoch has ended. */
export function lowestLoss(uid: string): number | null {
  const losses = thinCurve(uid)?.val_loss ?? [];
  return losses.length === 0 ? null : Math.min(...losses);
}

/** For what depends on all of them, such as an order by them. */
export const thinCurves: ReadonlySignal<unknown> = known;

/** Rows that have no curve yet do not wait for the rhythm of those that change. */
function askSoon(): void {
  const stale = staleUids();
  if (isAsking || stale.length === 0) return;
  const hasNew = stale.some(uid => !known.peek().has(uid));
  const restMs = askedAtMs + LEAST_INTERVAL_MS - performance.now();
  clearTimeout(timer);
  timer = window.setTimeout(() => void ask(), hasNew ? FIRST_WAIT_MS : Math.max(FIRST_WAIT_MS, restMs));
}

async function ask(): Promise<void> {
  const stale = staleUids().slice(0, MOST_A_REQUEST);
  if (stale.length === 0) return; // the rows are out of sight again
  isAsking = true;
  askedAtMs = performance.now();
  const asOf = new Map(stale.map(uid => [uid, models.peek()!.get(uid)!]));
  try {
    const query = { model_uid: stale, points: POINTS };
    const { curves } = await requests.json<Curves>({ path: '/api/models/curves', query });
    const next = new Map(known.peek());
    for (const [uid, { epochs, attempt }] of asOf) {
      const curve = curves.find(({ model_uid }) => model_uid === uid);
      // One that was deleted meanwhile has none, and must not be asked for again and again.
      next.set(uid, { curve: curve ?? { ...NO_CURVE, model_uid: uid }, epochs, attempt });
    }
    known.value = next;
  } catch (thrown) {
    // A service that is away is told of by the list itself (api/models-store.ts), whose next news has this asked again.
    asFailure(thrown);
    return;
  } finally {
    isAsking = false;
  }
  askSoon();
}

/** Wanted, and never read or with epochs that were not there then. Models without an epoch have no curve to ask for. */
function staleUids(): string[] {
  const all = models.peek();
  return [...wanted.keys()].filter(uid => {
    const model = all?.get(uid);
    if (model === undefined || model.epochs === 0) return false;
    const has = known.peek().get(uid);
    return has === undefined || has.epochs !== model.epochs || has.attempt !== model.attempt;
  });
}
