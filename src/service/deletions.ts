/**
 * Deleting a model or an inference with everything that is its own: tasks, training log, files, predictions. Its bytes are let go of
 * here and deleted by the collector (blobs/collect.ts), unless something else uses them: a dataset that another model was trained on stays.
 *
 * Locks are taken in the order inference, model. Who asks for an overlay locks the inference and then, by writing a task of the model, the
 * model; who submits an inference or goes on from a model locks the model (find.ts, holdModel). So nobody waits in a circle, and of a
 * submission and a deletion at the same moment one comes first: the deletion finds an open task, or the submission finds no model.
 */
import { and, asc, eq, inArray, type SQL } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { inferences, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { notifyChange } from '../queue/listen.ts';
import type { ServiceContext } from './context.ts';
import { requireResultsId, requireUuid } from './find.ts';

/** Models that went on from it stay. @throws AppError not_found; task_is_active. */
export async function deleteModel(ctx: ServiceContext, modelUid: string): Promise<void> {
  const uid = requireUuid(modelUid, 'model_uid');
  await ctx.client.db.transaction(async tx => {
    await tx
      .select({ id: inferences.id })
      .from(inferences)
      .where(eq(inferences.modelUid, uid))
      .orderBy(asc(inferences.id))
      .for('update');
    const [model] = await tx.select({ uid: models.uid }).from(models).where(eq(models.uid, uid)).for('update');
    if (!model) throw new AppError('not_found', `Model ${uid} does not exist.`);
    await refuseWhileOpen(tx, `Model ${uid}`, eq(tasks.modelUid, uid));
    await refuseWhileBase(tx, uid);
    await tx.delete(models).where(eq(models.uid, uid));
    await notifyChange(tx, { modelUid: uid, checkId: null });
  });
}

/** @throws AppError not_found; task_is_active. */
export async function deleteInference(ctx: ServiceContext, resultsId: string): Promise<void> {
  const id = requireResultsId(resultsId);
  await ctx.client.db.transaction(async tx => {
    const [inference] = await tx
      .select({ modelUid: inferences.modelUid })
      .from(inferences)
      .where(eq(inferences.id, id))
      .for('update');
    if (!inference) throw new AppError('not_found', `Inference ${id} does not exist.`);
    await refuseWhileOpen(tx, `Inference ${id}`, eq(tasks.inferenceId, id));
    await tx.delete(inferences).where(eq(inferences.id, id));
    await notifyChange(tx, { modelUid: inference.modelUid, checkId: null });
  });
}

const WORDS = {
  train: 'its training',
  import: 'its import',
  infer: 'an inference',
  overlay: 'an overlay',
  check: 'a check',
} as const;

const isOpen = inArray(tasks.state, ['queued', 'active']);

async function refuseWhileOpen(tx: Executor, what: string, ofIt: SQL): Promise<void> {
  const [open] = await tx.select().from(tasks).where(and(ofIt, isOpen)).orderBy(asc(tasks.seq)).limit(1);
  if (open) throw stillOpen(`${what} cannot be deleted: ${WORDS[open.kind]} has not ended (task ${open.id}).`, open.id);
}

/** A training that has not ended may still have to read the weights that it begins with. */
async function refuseWhileBase(tx: Executor, uid: string): Promise<void> {
  const [open] = await tx
    .select({ id: tasks.id, modelUid: models.uid })
    .from(models)
    .innerJoin(tasks, and(eq(tasks.modelUid, models.uid), eq(tasks.kind, 'train')))
    .where(and(eq(models.baseUid, uid), isOpen))
    .limit(1);
  if (!open) return;
  const sentence = `Model ${uid} cannot be deleted: the training of model ${open.modelUid} goes on from it (task ${open.id}).`;
  throw stillOpen(sentence, open.id);
}

function stillOpen(sentence: string, taskId: string): AppError {
  return new AppError('task_is_active', sentence, {
    remedy: `Wait until that task has ended, or end it: POST /api/tasks/${taskId}/cancel.`,
  });
}
