/**
 * The video with what was found drawn into it: asking for one, and its bytes.
 *
 * An inference has one overlay. A new one replaces the old when it is finished and not before, so that there is always a whole file; what was
 * asked for last stands in the inference at once and is the open task's, which is why a second one is refused until that task has ended.
 */
import { and, eq, inArray } from 'drizzle-orm';
import { overlayConfigSchema } from '../contract/inference.ts';
import { isEndState } from '../contract/task.ts';
import { inferences, predictionChunks } from '../db/schema.ts';
import { blobs } from '../db/schema-bytes.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { enqueueTask } from '../queue/enqueue.ts';
import { schemaFault } from './config-fault.ts';
import type { ServiceContext } from './context.ts';
import { blobContent, type Content } from './file-content.ts';
import { requireResultsId } from './find.ts';
import { type Answered, answerOnce, type Idempotency } from './idempotency.ts';

/**
 * @param config as it was sent; undefined: all defaults.
 * @throws AppError invalid_request; not_found; inference_is_running; overlay_is_running; no_predictions; idempotency_key_reused.
 */
export async function submitOverlay(
  ctx: ServiceContext,
  resultsId: string,
  config: unknown,
  idempotency: Idempotency | null,
): Promise<Answered<{ taskId: string }>> {
  const id = requireResultsId(resultsId);
  const sent = config ?? {};
  const parsed = overlayConfigSchema.safeParse(sent);
  if (!parsed.success) throw schemaFault('overlay_config', parsed.error);
  return answerOnce(
    ctx,
    idempotency,
    async () => {},
    async tx => {
      // Locked: of two that ask at once, the second finds the first one's task.
      const [inference] = await tx.select().from(inferences).where(eq(inferences.id, id)).for('update');
      if (!inference) throw new AppError('not_found', `Inference ${id} does not exist.`);
      const own = await tx
        .select({ kind: tasks.kind, state: tasks.state, id: tasks.id })
        .from(tasks)
        .where(and(eq(tasks.inferenceId, id), inArray(tasks.kind, ['infer', 'overlay'])));
      for (const task of own) if (!isEndState(task.state)) throw stillOpen(id, task);
      const [chunk] = await tx
        .select({ firstFrame: predictionChunks.firstFrame })
        .from(predictionChunks)
        .where(eq(predictionChunks.inferenceId, id))
        .limit(1);
      if (!chunk)
        throw new AppError('no_predictions', `Inference ${id} ended before any frame was predicted.`, {
          remedy: `Read its error with GET /api/inferences/${id}, then submit the video again.`,
        });
      await tx
        .update(inferences)
        .set({ overlayConfig: sent as Record<string, unknown> })
        .where(eq(inferences.id, id));
      const taskId = await enqueueTask(tx, {
        kind: 'overlay',
        modelUid: inference.modelUid,
        inferenceId: id,
        maxAttempts: ctx.config.MAX_ATTEMPTS,
      });
      return { taskId };
    },
  );
}

function stillOpen(id: number, task: { kind: string; id: string }): AppError {
  const remedy = `Wait until it has ended, or end it: POST /api/tasks/${task.id}/cancel.`;
  return task.kind === 'overlay'
    ? new AppError('overlay_is_running', `An overlay of inference ${id} is being made already.`, { remedy })
    : new AppError('inference_is_running', `Inference ${id} has not ended.`, { remedy });
}

export interface OverlayFile extends Content {
  /** Of the video, as it was sent. */
  fileName: string;
}

/** The overlay that was finished last. @throws AppError not_found with what to do for one. */
export async function openOverlay(ctx: ServiceContext, resultsId: string): Promise<OverlayFile> {
  const id = requireResultsId(resultsId);
  const [row] = await ctx.client.db
    .select({ fileName: inferences.fileName, blob: blobs })
    .from(inferences)
    .leftJoin(blobs, eq(blobs.id, inferences.overlayBlob))
    .where(eq(inferences.id, id));
  if (!row) throw new AppError('not_found', `Inference ${id} does not exist.`);
  const { fileName, blob } = row;
  if (blob === null)
    throw new AppError('not_found', `Inference ${id} has no overlay (yet).`, {
      remedy: `Ask for one with POST /api/inferences/${id}/overlay, then wait until its task has succeeded.`,
    });
  return { fileName, ...blobContent(ctx.blobs, blob) };
}
