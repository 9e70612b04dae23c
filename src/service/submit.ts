/** Submitting work: one transaction writes what it is about and queues the task. */
import { eq } from 'drizzle-orm';
import type { ZodError } from 'zod';
import type { StoredBlob } from '../blobs/blob-store.ts';
import { isEndState } from '../contract/task.ts';
import { NOT_AVAILABLE_YET, trainingConfigSchema } from '../contract/training.ts';
import { inferences, models, tasks } from '../db/schema.ts';
import { AppError } from '../errors.ts';
import { enqueueTask } from '../queue/enqueue.ts';
import type { ServiceContext } from './context.ts';
import { findModel } from './find.ts';

/** @throws AppError invalid_request or not_available_yet, with a pointer for each faulty field. */
export async function submitTraining(
  ctx: ServiceContext,
  input: { trainingConfig: unknown; dataset: StoredBlob },
): Promise<{ modelUid: string; taskId: string }> {
  const parsed = trainingConfigSchema.safeParse(input.trainingConfig);
  if (!parsed.success) throw configFault(parsed.error);
  const seed = parsed.data.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
  return ctx.client.db.transaction(async tx => {
    const trainingConfig = input.trainingConfig as Record<string, unknown>;
    const [model] = await tx.insert(models).values({ trainingConfig, seed, datasetBlob: input.dataset.id }).returning();
    const taskId = await enqueueTask(tx, { kind: 'train', modelUid: model!.uid, maxAttempts: ctx.config.MAX_ATTEMPTS });
    return { modelUid: model!.uid, taskId };
  });
}

/** @throws AppError not_found; model_is_training; model_has_no_weights. */
export async function submitInference(
  ctx: ServiceContext,
  input: { modelUid: string; fileName: string; video: StoredBlob },
): Promise<{ resultsId: number; taskId: string }> {
  const { uid } = await findModel(ctx, input.modelUid);
  return ctx.client.db.transaction(async tx => {
    const [model] = await tx
      .select({ state: tasks.state, bestBlob: models.bestBlob })
      .from(models)
      .innerJoin(tasks, eq(tasks.modelUid, models.uid))
      .where(eq(models.uid, uid))
      .orderBy(tasks.seq)
      .limit(1);
    if (!model) throw new AppError('not_found', `Model ${uid} does not exist.`);
    if (!isEndState(model.state)) {
      throw new AppError('model_is_training', `Model ${uid} is still training.`, {
        remedy: 'Wait until it has finished, or stop it: POST /api/stop-training keeps the best weights.',
      });
    }
    if (model.bestBlob === null) {
      throw new AppError(
        'model_has_no_weights',
        `Model ${uid} has no weights: its training ended before any were saved.`,
        {
          remedy: 'Read its error with GET /api/model-info and train again.',
        },
      );
    }
    const [inference] = await tx
      .insert(inferences)
      .values({ modelUid: uid, videoBlob: input.video.id, fileName: input.fileName })
      .returning();
    const taskId = await enqueueTask(tx, {
      kind: 'infer',
      modelUid: uid,
      inferenceId: inference!.id,
      maxAttempts: ctx.config.MAX_ATTEMPTS,
    });
    return { resultsId: inference!.id, taskId };
  });
}

function configFault(error: ZodError): AppError {
  const errors = error.issues.map(issue => ({
    pointer: `/${['training_config', ...issue.path].join('/')}`,
    detail: issue.message,
  }));
  const notYet = error.issues.some(issue => issue.code === 'custom' && issue.params?.reason === NOT_AVAILABLE_YET);
  const sentence = errors.map(fault => `${fault.pointer.slice(1).replaceAll('/', '.')}: ${fault.detail}`).join('; ');
  return new AppError(notYet ? 'not_available_yet' : 'invalid_request', sentence, { errors });
}
