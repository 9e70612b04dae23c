/**
 * One model with its training log, kept up to date by its event stream. The views of a model (curves, samples, videos, try it) share it,
 * so that going from one to the next asks for nothing again.
 *
 * Rows are held by epoch number: after a lost connection the stream sends again what was missed, and a row that comes twice changes nothing.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { EpochRow, ModelResource } from '../../src/contract/model.ts';
import type { LogLine } from '../../src/contract/task-log.ts';
import { openCountedStream } from '../frame/connection.ts';
import { asFailure, client, serverNowMs, urlOf } from './client.ts';

/** A heartbeat older than this is asked for once more before anything is said about it. */
const DOUBT_AFTER_MS = 20_000;
const ASK_AGAIN_MS = 15_000;
const LOG_LINES_KEPT = 1000;
/** The file of the next view has to be loaded before it can take hold of the store. */
const KEPT_MS = 3_000;

export interface ModelStore {
  /** null until it arrived. */
  model: ReadonlySignal<ModelResource | null>;
  /** Ordered by epoch; a new array whenever something was added. */
  rows: ReadonlySignal<readonly EpochRow[]>;
  /** The newest lines, in order. */
  log: ReadonlySignal<readonly LogLine[]>;
  /** Why the model cannot be shown or brought up to date; null while it can. */
  failure: ReadonlySignal<SleapError | null>;
  /** Puts in what an answer to a request said, before the stream does. */
  take: (model: ModelResource) => void;
}

interface OpenStore extends ModelStore {
  close: () => void;
  holders: number;
  /** Until it is closed for want of holders. */
  closing: number;
}

const open = new Map<string, OpenStore>();

/** The model's store while the component is shown, and a little longer, for the view that comes next. */
export function useModel(uid: string): ModelStore {
  const store = useMemo(() => {
    const found = open.get(uid) ?? openStore(uid);
    open.set(uid, found);
    return found;
  }, [uid]);
  // In the turn in which it is taken from the map: an effect after the next frame could come when it is closed.
  useLayoutEffect(() => {
    clearTimeout(store.closing);
    store.holders += 1;
    return () => {
      store.holders -= 1;
      if (store.holders > 0) return;
      store.closing = window.setTimeout(() => {
        open.delete(uid);
        store.close();
      }, KEPT_MS);
    };
  }, [store]);
  return store;
}

function openStore(uid: string): OpenStore {
  const model = signal<ModelResource | null>(null);
  const rows = signal<readonly EpochRow[]>([]);
  const log = signal<readonly LogLine[]>([]);
  const failure = signal<SleapError | null>(null);
  const held = { rows: [] as EpochRow[], log: [] as LogLine[] };
  let frame = 0;
  let askedAtMs = 0;

  const drawSoon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      rows.value = [...held.rows];
      log.value = [...held.log];
    });
  };
  const ask = async () => {
    askedAtMs = Date.now();
    try {
      model.value = await client.model(uid);
      failure.value = null;
    } catch (thrown) {
      failure.value = asFailure(thrown);
      if (failure.value.status === 404) stream.close();
    }
  };
  const stream = openCountedStream({
    url: urlOf(`/api/models/${encodeURIComponent(uid)}/events?events=model,epoch,log`),
    on: {
      model: data => {
        model.value = data as ModelResource;
        failure.value = null;
      },
      epoch: data => {
        putInOrder(held.rows, data as EpochRow, row => row.epoch);
        drawSoon();
      },
      log: data => {
        putInOrder(held.log, data as LogLine, line => line.seq);
        held.log.splice(0, held.log.length - LOG_LINES_KEPT);
        drawSoon();
      },
    },
    onRefused: () => void ask(),
  });
  const doubting = setInterval(() => {
    const { state, heartbeat_at, created_at } = model.peek() ?? {};
    const isSilent = serverNowMs() - Date.parse(heartbeat_at ?? created_at ?? '') > DOUBT_AFTER_MS;
    if (state === 'active' && isSilent && Date.now() - askedAtMs > ASK_AGAIN_MS) void ask();
  }, 1000);

  return {
    ...{ model, rows, log, failure, holders: 0, closing: 0 },
    take: changed => {
      model.value = changed;
    },
    close() {
      clearInterval(doubting);
      cancelAnimationFrame(frame);
      stream.close();
    },
  };
}

/** Behind the last entry, or in the place of the one with the same number. */
function putInOrder<T>(list: T[], entry: T, numberOf: (entry: T) => number): void {
  const last = list.at(-1);
  if (last === undefined || numberOf(last) < numberOf(entry)) list.push(entry);
  else {
    const at = list.findIndex(other => numberOf(other) >= numberOf(entry));
    list.splice(at, numberOf(list[at]!) === numberOf(entry) ? 1 : 0, entry);
  }
}
