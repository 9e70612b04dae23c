/**
 * What the event stream of an inference carries: the events of its task, and the whole inference whenever it or an overlay of it changed,
 * until neither is open. An overlay's own events are those of its task.
 */
import { sql } from 'drizzle-orm';
import type { InferenceEvent } from '../contract/events.ts';
import type { InferenceResource } from '../contract/inference-resource.ts';
import { isEndState } from '../contract/task.ts';
import { readInference } from './inferences.ts';
import { type Beside, type Reader, type WatchContext, watchTask } from './watch-task.ts';

/** The video's facts, the overlays (each as its last transaction left it), and how many chunks are stored. */
const stamp = sql`(
  select concat_ws(' ', i.xmin,
    (select string_agg(o.xmin::text, ',' order by o.seq) from tasks o where o.inference_id = i.id and o.kind = 'overlay'),
    (select count(*) from prediction_chunks p where p.inference_id = i.id))
  from inferences i where i.id = tasks.inference_id)`;

/** @param inference of which the stream is to tell. @throws AppError not_found once it is gone. */
export function watchInference(
  ctx: WatchContext,
  { results_id: id, task_id: taskId }: Pick<InferenceResource, 'results_id' | 'task_id'>,
  reader: Reader,
  signal: AbortSignal,
): AsyncGenerator<InferenceEvent> {
  let overlay: InferenceResource['overlay'] = null;
  const beside: Beside<Extract<InferenceEvent, { event: 'inference' }>> = {
    stamp,
    async event() {
      const data = await readInference(ctx, id);
      overlay = data.overlay;
      return { event: 'inference', data };
    },
    isOpen: () => overlay !== null && !isEndState(overlay.state),
  };
  return watchTask(ctx, taskId, reader, signal, beside);
}
