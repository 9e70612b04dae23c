/** Submitting work: one transaction writes what it is about and queues the task. */
import { eq } from 'drizzle-orm';
import type { StoredBlob } from '../blobs/blob-store.ts';
import type { DatasetOptions } from '../contract/dataset.ts';
import { inferenceConfigSchema } from '../contract/inference.ts';
import { trainingConfigSchema } from '../contract/training.ts';
import { inferences, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { enqueueTask } from '../queue/enqueue.ts';
import { schemaFault } from './config-fault.ts';
import type { ServiceContext } from './context.ts';
import { datasetOfCheck } from './dataset-checks.ts';
import { findModel, holdModel, isOwnTask } from './find.ts';
import { findBase, inheritConfig, inheritDataset, type SentConfig } from './resume.ts';
import { requireWeights } from './usable.ts';

/**
 * @param input.dataset null: that of the check, or else of the model to go on from. @param input.checkId as it was sent; null: none.
 * @throws AppError invalid_request with a pointer for each faulty field; model_is_training; model_has_no_weights.
 */
export async function submitTraining(
  ctx: ServiceContext,
  input: { trainingConfig: unknown; dataset: StoredBlob | null; datasetOptions: DatasetOptions; checkId: unknown },
): Promise<{ modelUid: string; taskId: string }> {
  const isObject = typeof input.trainingConfig === 'object' && input.trainingConfig !== null;
  const sent = isObject ? (input.trainingConfig as SentConfig) : {};
  const base = await findBase(ctx, sent);
  const inherited = base ? inheritConfig(base, sent) : null;
  const parsed = trainingConfigSchema.safeParse(inherited ?? input.trainingConfig);
  if (!parsed.success) throw schemaFault('training_config', parsed.error);
  const { blobId: datasetBlob, options: datasetOptions } = await datasetFor(ctx, input, base);
  const seed = parsed.data.seed ?? base?.seed ?? drawSeed();
  return ctx.client.db.transaction(async tx => {
    if (base) await holdModel(tx, base.uid);
    const values = { trainingConfig: inherited ?? sent, seed, datasetBlob, datasetOptions, baseUid: base?.uid ?? null };
    const [model] = await tx.insert(models).values(values).returning();
    const taskId = await enqueueTask(tx, { kind: 'train', modelUid: model!.uid, maxAttempts: ctx.config.MAX_ATTEMPTS });
    return { modelUid: model!.uid, taskId };
  });
}

/** What to train on, and how to read it; options that were sent replace those of a check or of a base. */
async function datasetFor(
  ctx: ServiceContext,
  input: { dataset: StoredBlob | null; datasetOptions: DatasetOptions; checkId: unknown },
  base: Awaited<ReturnType<typeof findBase>>,
): Promise<{ blobId: string; options: DatasetOptions }> {
  if (input.dataset && input.checkId !== null)
    throw new AppError('invalid_request', 'The request has a dataset and a check_id.', {
      remedy: 'Send one of them: a check_id stands for the dataset that was checked.',
      errors: [{ pointer: '/check_id', detail: 'must not stand beside a dataset' }],
    });
  if (input.dataset) return { blobId: input.dataset.id, options: input.datasetOptions };
  const known =
    input.checkId === null
      ? { blobId: inheritDataset(base), options: base!.datasetOptions }
      : await datasetOfCheck(ctx, String(input.checkId));
  return { ...known, options: { ...known.options, ...input.datasetOptions } };
}

function drawSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

/** @param input.archive a zip of a model from elsewhere; what is in it is for the worker to see. */
export async function submitImport(
  ctx: ServiceContext,
  { archive }: { archive: StoredBlob },
): Promise<{ modelUid: string; taskId: string }> {
  // Of a model that does not say its own; a training that goes on from it takes it over.
  const seed = drawSeed();
  return ctx.client.db.transaction(async tx => {
    const [model] = await tx.insert(models).values({ trainingConfig: {}, seed, importBlob: archive.id }).returning();
    const taskId = await enqueueTask(tx, {
      kind: 'import',
      modelUid: model!.uid,
      maxAttempts: ctx.config.MAX_ATTEMPTS,
    });
    return { modelUid: model!.uid, taskId };
  });
}

/**
 * @param input.config as it was sent; undefined: all defaults.
 * @throws AppError invalid_request with a pointer for each faulty field; not_found; model_is_training; model_has_no_weights.
 */
export async function submitInference(
  ctx: ServiceContext,
  input: { modelUid: string; fileName: string; config: unknown; video: StoredBlob },
): Promise<{ resultsId: number; taskId: string }> {
  const sent = input.config ?? {};
  const parsed = inferenceConfigSchema.safeParse(sent);
  if (!parsed.success) throw schemaFault('inference_config', parsed.error);
  const { uid } = await findModel(ctx, input.modelUid);
  return ctx.client.db.transaction(async tx => {
    await holdModel(tx, uid);
    const [model] = await tx
      .select({ uid: models.uid, bestBlob: models.bestBlob, kind: tasks.kind, state: tasks.state })
      .from(models)
      .innerJoin(tasks, isOwnTask)
      .where(eq(models.uid, uid));
    if (!model) throw new AppError('not_found', `Model ${uid} does not exist.`);
    requireWeights(model);
    const [inference] = await tx
      .insert(inferences)
      .values({
        modelUid: uid,
        videoBlob: input.video.id,
        fileName: input.fileName,
        config: sent as Record<string, unknown>,
      })
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
