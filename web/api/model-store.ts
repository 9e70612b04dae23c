/**
 * One model with its training log, kept up to date by its event stream. The views of a model (curves, samples, videos, try it) share it,
 * so that going from one to the next asks for nothing again.
 *
 * Rows are held by epoch number: after a lost connection the stream sends again what was missed, and a row that comes twice changes nothing.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import type { EpochRow, ModelResource } from '../../src/contract/model.ts';
import type { LogLine } from '../../src/contract/task-log.ts';
import { openCountedStream } from '../frame/connection.ts';
import { asFailure, client, serverNowMs, urlOf } from './client.ts';

/** A heartbeat older than this is asked for once more before anything is said about it. */
const DOUBT_AFTER_MS = 20_000;
const ASK_AGAIN_MS = 15_000;
const LOG_LINES_KEPT = 1000;

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
}

const open = new Map<string, OpenStore>();

/** The model's store while the component is shown. */
export function useModel(uid: string): ModelStore {
  const store = useMemo(() => {
    const found = open.get(uid) ?? openStore(uid);
    open.set(uid, found);
    return found;
  }, [uid]);
  useEffect(() => {
    store.holders += 1;
    return () => {
      store.holders -= 1;
      // The next view of the same model takes hold of it in this very turn.
      setTimeout(() => {
        if (store.holders > 0 || open.get(uid) !== store) return;
        open.delete(uid);
        store.close();
      });
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
    ...{ model, rows, log, failure, holders: 0 },
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
