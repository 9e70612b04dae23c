/**
 * What an inference's event stream carries: the present state at once, then each change until neither the inference nor an overlay of it is
 * open, or the reader leaves. Each turn reads the tables, so a stream is complete however many notifications were lost.
 */
import type { InferenceResource } from '../contract/inference-resource.ts';
import { isEndState } from '../contract/task.ts';
import type { ChangeFeed } from './changes.ts';
import type { ServiceContext } from './context.ts';
import { readInference } from './inferences.ts';
import { turns } from './turns.ts';
import { MIN_INTERVAL_MS } from './watch.ts';

type InferenceEvent =
  | { event: 'inference'; data: InferenceResource }
  | { event: 'end'; data: { state: InferenceResource['state'] } };

/** @param inference of which the stream is to tell. @throws AppError not_found once it is gone. */
export async function* watchInference(
  ctx: ServiceContext & { changes: ChangeFeed },
  { results_id: id, model_uid: modelUid }: Pick<InferenceResource, 'results_id' | 'model_uid'>,
  signal: AbortSignal,
): AsyncGenerator<InferenceEvent> {
  let sent = '';
  for await (const _ of turns(ctx, { subject: modelUid, intervalMs: MIN_INTERVAL_MS }, signal)) {
    const inference = await readInference(ctx, id);
    const text = JSON.stringify(inference);
    if (text !== sent) yield { event: 'inference', data: inference };
    sent = text;
    if (isEndState(inference.state) && (inference.overlay === null || isEndState(inference.overlay.state))) {
      yield { event: 'end', data: { state: inference.state } };
      return;
    }
  }
}
