/**
 * A training that goes on from a model (`training_config.resume_from`): what it takes over from there, and when it cannot.
 *
 * What the client does not send is as it was in that model, seed and dataset included; what is sent replaces it, an object as a whole.
 * The network cannot change, since the weights would not fit. That a new dataset has the same keypoints is for the worker to see.
 */
import { eq } from 'drizzle-orm';
import { modelUidSchema } from '../contract/model.ts';
import { trainingConfigSchema } from '../contract/training.ts';
import { models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { type ConfigFault, configFault } from './config-fault.ts';
import type { ServiceContext } from './context.ts';
import { isOwnTask } from './find.ts';
import { uploadMissing } from './upload.ts';
import { requireWeights } from './usable.ts';

export type SentConfig = Record<string, unknown>;
type Model = typeof models.$inferSelect;

/**
 * The model that a training_config names to go on from; null when it names none.
 * @throws AppError invalid_request for a uid that names no model; model_is_training; model_has_no_weights.
 */
export async function findBase(ctx: ServiceContext, sent: SentConfig): Promise<Model | null> {
  const { resume_from: uid = null } = sent;
  if (uid === null) return null;
  const parsed = modelUidSchema.safeParse(uid);
  if (!parsed.success)
    throw configFault('training_config', [{ path: ['resume_from'], detail: 'must be the model_uid of a model' }]);
  const [base] = await ctx.client.db
    .select({ model: models, kind: tasks.kind, state: tasks.state })
    .from(models)
    .innerJoin(tasks, isOwnTask)
    .where(eq(models.uid, parsed.data.toLowerCase()));
  if (!base)
    throw configFault('training_config', [{ path: ['resume_from'], detail: `model ${parsed.data} does not exist` }]);
  requireWeights({ ...base.model, kind: base.kind, state: base.state });
  return base.model;
}

/** The configuration in force: the base's, except for what was sent. @throws AppError invalid_request naming what cannot change. */
export function inheritConfig(base: Model, sent: SentConfig): SentConfig {
  const faults = networkChanges(base, sent);
  if (faults.length > 0)
    throw configFault('training_config', faults, {
      remedy: 'Its weights would not fit another network: leave these fields out.',
    });
  const { resume_from: _, ...inherited } = base.trainingConfig;
  return { ...inherited, ...sent };
}

/** @throws AppError invalid_request when the base has no dataset. */
export function inheritDataset(base: Model | null): string {
  if (base === null) throw uploadMissing('dataset', 'training_dataset');
  if (base.datasetBlob !== null) return base.datasetBlob;
  throw new AppError('invalid_request', `Model ${base.uid} was imported and has no dataset: send one.`, {
    errors: [{ pointer: '/training_dataset', detail: 'is required to go on from an imported model' }],
  });
}

/** Fields that ask for another network than the base's. Values that no network can have are left to the schema. */
function networkChanges(base: Model, sent: SentConfig): ConfigFault[] {
  const before = trainingConfigSchema.parse(base.trainingConfig);
  const mustBe = (path: string[], value: unknown) => ({
    path,
    detail: `must be ${JSON.stringify(value)}, as in the model to go on from`,
  });
  const faults = (['backbone_model', 'heads_output_stride'] as const)
    .filter(name => sent[name] !== undefined && sent[name] !== before[name])
    .map(name => mustBe([name], before[name]));
  if (faults.some(({ path }) => path[0] === 'backbone_model')) return faults;
  const merged = trainingConfigSchema.safeParse({ ...base.trainingConfig, ...sent });
  if (!merged.success) return faults;
  const now = merged.data;
  if (now.backbone_model === 'pretrained_encoder' && now.encoder_preprocessing !== before.encoder_preprocessing)
    faults.push(mustBe(['encoder_preprocessing'], before.encoder_preprocessing));
  const [was, is] = [before.backbone_config, now.backbone_config] as [SentConfig, SentConfig];
  // output_stride, where it is given, only repeats heads_output_stride.
  const changed = Object.keys(was).filter(
    name => name !== 'output_stride' && JSON.stringify(was[name]) !== JSON.stringify(is[name]),
  );
  for (const name of changed) faults.push(mustBe(['backbone_config', name], was[name]));
  return faults;
}
