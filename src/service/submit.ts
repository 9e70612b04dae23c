/** Submitting work: one transaction writes what it is about, queues the task and keeps the answer for a request that comes twice. */
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
import { type Answered, answerOnce, type Idempotency } from './idempotency.ts';
import { findBase, inheritConfig, inheritDataset, type SentConfig } from './resume.ts';
import { requireWeights } from './usable.ts';

export interface TrainingSubmission {
  trainingConfig: unknown;
  /** null: that of the check, or else of the model to go on from. */
  dataset: StoredBlob | null;
  datasetOptions: DatasetOptions;
  /** As it was sent; null: none. */
  checkId: unknown;
}

/**
 * @throws AppError invalid_request with a pointer for each faulty field; not_found for a check that is gone; model_is_training;
 * model_has_no_weights; idempotency_key_reused.
 */
export async function submitTraining(
  ctx: ServiceContext,
  input: TrainingSubmission,
  idempotency: Idempotency | null,
): Promise<Answered<{ modelUid: string; taskId: string }>> {
  return answerOnce(
    ctx,
    idempotency,
    () => prepareTraining(ctx, input),
    async (tx, values) => {
      if (values.baseUid) await holdModel(tx, values.baseUid);
      const [model] = await tx.insert(models).values(values).returning();
      const modelUid = model!.uid;
      const taskId = await enqueueTask(tx, { kind: 'train', modelUid, maxAttempts: ctx.config.MAX_ATTEMPTS });
      return { modelUid, taskId };
    },
  );
}

/** The model that a submission asks for, as it is stored. */
async function prepareTraining(ctx: ServiceContext, input: TrainingSubmission): Promise<typeof models.$inferInsert> {
  const isObject = typeof input.trainingConfig === 'object' && input.trainingConfig !== null;
  const sent = isObject ? (input.trainingConfig as SentConfig) : {};
  const base = await findBase(ctx, sent);
  const inherited = base ? inheritConfig(base, sent) : null;
  const parsed = trainingConfigSchema.safeParse(inherited ?? input.trainingConfig);
  if (!parsed.success) throw schemaFault('training_config', parsed.error);
  const { blobId: datasetBlob, options: datasetOptions } = await datasetFor(ctx, input, base);
  const seed = parsed.data.seed ?? base?.seed ?? drawSeed();
  return { trainingConfig: inherited ?? sent, seed, datasetBlob, datasetOptions, baseUid: base?.uid ?? null };
}

/** What to train on, and how to read it; options that were sent replace those of a check or of a base. */
async function datasetFor(
  ctx: ServiceContext,
  input: TrainingSubmission,
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

/** @param input.archive a zip of a model from elsewhere; what is in it is for the worker to see. @throws AppError idempotency_key_reused. */
export async function submitImport(
  ctx: ServiceContext,
  { archive }: { archive: StoredBlob },
  idempotency: Idempotency | null,
): Promise<Answered<{ modelUid: string; taskId: string }>> {
  // Of a model that does not say its own; a training that goes on from it takes it over.
  const seed = drawSeed();
  return answerOnce(
    ctx,
    idempotency,
    async () => {},
    async tx => {
      const [model] = await tx.insert(models).values({ trainingConfig: {}, seed, importBlob: archive.id }).returning();
      const modelUid = model!.uid;
      const taskId = await enqueueTask(tx, { kind: 'import', modelUid, maxAttempts: ctx.config.MAX_ATTEMPTS });
      return { modelUid, taskId };
    },
  );
}

interface InferenceSubmission {
  modelUid: string;
  fileName: string;
  /** As it was sent; undefined: all defaults. */
  config: unknown;
  video: StoredBlob;
}

/**
 * @throws AppError invalid_request with a pointer for each faulty field; not_found; model_is_training; model_has_no_weights;
 * idempotency_key_reused.
 */
export async function submitInference(
  ctx: ServiceContext,
  { modelUid, fileName, config, video }: InferenceSubmission,
  idempotency: Idempotency | null,
): Promise<Answered<{ resultsId: number; taskId: string }>> {
  const sent = config ?? {};
  const parsed = inferenceConfigSchema.safeParse(sent);
  if (!parsed.success) throw schemaFault('inference_config', parsed.error);
  return answerOnce(
    ctx,
    idempotency,
    () => findModel(ctx, modelUid),
    async (tx, { uid }) => {
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
        .values({ modelUid: uid, videoBlob: video.id, fileName, config: sent as Record<string, unknown> })
        .returning();
      const taskId = await enqueueTask(tx, {
        kind: 'infer',
        modelUid: uid,
        inferenceId: inference!.id,
        maxAttempts: ctx.config.MAX_ATTEMPTS,
      });
      return { resultsId: inference!.id, taskId };
    },
  );
}
