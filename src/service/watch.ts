/**
 * What an event stream carries: the present state at once, then each change until the training has ended or the reader leaves.
 * Each turn reads the tables, so a stream is complete however many notifications were lost.
 */
import type { EpochRow, ModelResource } from '../contract/model.ts';
import type { ChangeFeed } from './changes.ts';
import type { ServiceContext } from './context.ts';
import { listModels, readEpochs, readModel } from './read.ts';
import { turns } from './turns.ts';

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
  let sent = '';
  for await (const _ of turns(ctx, { subject: modelUid, intervalMs: MIN_INTERVAL_MS }, signal)) {
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
  }
}

/** The list of models, again whenever something in it changed. */
export async function* watchModels(
  ctx: ServiceContext & { changes: ChangeFeed },
  signal: AbortSignal,
): AsyncGenerator<{ event: 'models'; data: { models: ModelResource[] } }> {
  let sent = '';
  for await (const _ of turns(ctx, { subject: null, intervalMs: MIN_LIST_INTERVAL_MS }, signal)) {
    const data = { models: await listModels(ctx) };
    const text = JSON.stringify(data);
    if (text !== sent) yield { event: 'models', data };
    sent = text;
  }
}
