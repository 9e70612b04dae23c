/**
 * What an event stream carries: the present state at once, then each change until the training has ended or the reader leaves.
 * Each turn reads the tables, so a stream is complete however many notifications were lost.
 */
import type { EpochRow, ModelResource } from '../contract/model.ts';
import type { ChangeFeed } from './changes.ts';
import type { ServiceContext } from './context.ts';
import { pause } from './pause.ts';
import { listModels, readEpochs, readModel } from './read.ts';

/** Shortest time between two states of one stream; a worker renews more often than an eye follows. */
export const MIN_INTERVAL_MS = 250;
const MIN_LIST_INTERVAL_MS = 1000;

export type ModelEvent =
  | { event: 'model'; data: ModelResource }
  | { event: 'epoch'; data: EpochRow }
  | { event: 'end'; data: { state: ModelResource['state'] } };

/** @param afterEpoch epochs up to this one are known to the reader; -1 for none. @throws AppError not_found at the first turn. */
export async function* watchModel(
  ctx: ServiceContext & { changes: ChangeFeed },
  modelUid: string,
  afterEpoch: number,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  const changes = ctx.changes.subscribe(modelUid);
  try {
    for (let sent = ''; !signal.aborted; ) {
      // The model first: if it has ended, no epoch can come after those read next.
      const model = await readModel(ctx, modelUid);
      for (const row of await readEpochs(ctx, modelUid, afterEpoch)) {
        yield { event: 'epoch', data: row };
        afterEpoch = row.epoch;
      }
      const text = JSON.stringify(model);
      if (text !== sent) yield { event: 'model', data: model };
      sent = text;
      if (!model.currently_training) {
        yield { event: 'end', data: { state: model.state } };
        return;
      }
      await pause(MIN_INTERVAL_MS, signal);
      await changes.next(ctx.config.POLL_SECONDS * 1000, signal);
    }
  } finally {
    changes.close();
  }
}

/** The list of models, again whenever something in it changed. */
export async function* watchModels(
  ctx: ServiceContext & { changes: ChangeFeed },
  signal: AbortSignal,
): AsyncGenerator<{ event: 'models'; data: { models: ModelResource[] } }> {
  const changes = ctx.changes.subscribe(null);
  try {
    for (let sent = ''; !signal.aborted; ) {
      const data = { models: await listModels(ctx) };
      const text = JSON.stringify(data);
      if (text !== sent) yield { event: 'models', data };
      sent = text;
      await pause(MIN_LIST_INTERVAL_MS, signal);
      await changes.next(ctx.config.POLL_SECONDS * 1000, signal);
    }
  } finally {
    changes.close();
  }
}
