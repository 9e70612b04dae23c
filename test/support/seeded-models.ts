/** Models and their logs written straight into the tables, for views of many models or long trainings that no test could wait for. */
import { randomUUID } from 'node:crypto';
import type { TaskState } from '../../src/contract/task.ts';
import type { TestDatabase } from './database.ts';

export interface SeededModel {
  name?: string | null;
  tags?: string[];
  state?: TaskState;
  /** Lines of its training log: val_loss falls with some noise, lr is halved every 2000 epochs. */
  epochs?: number;
  config?: Record<string, unknown>;
  error?: { code: string; message: string; remedy: string | null } | null;
}

export const KEYPOINTS = ['nose', 'left ear', 'right ear', 'tail'];
const SKELETON = {
  keypoints: KEYPOINTS,
  edges: [
    [0, 1],
    [0, 2],
    [0, 3],
  ],
};

/** @returns the model's uid and its task's. */
export async function seedModel(
  { client: { sql } }: Pick<TestDatabase, 'client'>,
  { name = null, tags = [], state = 'succeeded', epochs = 0, config = {}, error = null }: SeededModel = {},
): Promise<{ uid: string; taskId: string }> {
  const [uid, taskId] = [randomUUID(), randomUUID()];
  const given = { backbone_model: 'unet', num_epochs: Math.max(epochs, 100), learning_rate: 1e-3, ...config };
  const hasEnded = state !== 'queued' && state !== 'active';
  await sql`
    insert into models (uid, name, tags, training_config, seed, skeleton, frames)
    values (${uid}, ${name}, ${tags}, ${JSON.stringify(given)}::jsonb, 1, ${JSON.stringify(SKELETON)}::jsonb,
      ${JSON.stringify({ train: 80, validation: 10, holdout: 0 })}::jsonb)`;
  await sql`
    insert into tasks (id, kind, state, model_uid, max_attempts, attempt, phase, worker, error, started_at, finished_at,
      heartbeat_at, lease_token, lease_until)
    values (${taskId}, 'train', ${state}, ${uid}, 3, ${state === 'queued' ? 0 : 1}, ${state === 'active' ? 'training' : hasEnded ? 'done' : 'waiting for a worker'},
      ${state === 'queued' ? null : 'hand-1'}, ${error && JSON.stringify(error)}::jsonb,
      ${state === 'queued' ? null : sql`now() - interval '1 hour'`}, ${hasEnded ? sql`now()` : null},
      ${state === 'active' ? sql`now()` : null}, ${state === 'active' ? randomUUID() : null}, ${state === 'active' ? sql`now() + interval '1 day'` : null})`;
  await addEpochs({ client: { sql } } as TestDatabase, uid, 0, epochs);
  return { uid, taskId };
}

/** Epochs `from` to before `to`, as a training would write them; readers of its stream are told. */
export async function addEpochs(
  { client: { sql } }: Pick<TestDatabase, 'client'>,
  uid: string,
  from: number,
  to: number,
) {
  if (to <= from) return;
  await sql`
    insert into epochs (model_uid, epoch, loss, val_loss, lr, seconds)
    select ${uid}::uuid, e, 0.02 * exp(-e / 900.0) + 4e-4 * (1 + 0.2 * sin(e * 12.9898)),
      0.022 * exp(-e / 800.0) + 6e-4 * (1 + 0.3 * sin(e * 78.233)), 1e-3 * power(0.5, floor(e / 2000.0)), 1.5 + 0.1 * sin(e)
    from generate_series(${from}::int, ${to - 1}::int) e`;
  await sql`update models set best_epoch = (select epoch from epochs where model_uid = ${uid} order by val_loss, epoch limit 1) where uid = ${uid}`;
  await sql`select pg_notify('sleap_change', ${uid})`;
}

/** Errors of each epoch, and of the best weights. */
export async function addErrors({ client: { sql } }: Pick<TestDatabase, 'client'>, uid: string): Promise<void> {
  await sql`
    update epochs set metrics = jsonb_build_object(
      'dist', jsonb_build_object('avg', 40 * exp(-epoch / 20.0) + 2.5, 'p50', 30 * exp(-epoch / 20.0) + 1.5, 'p90', 60 * exp(-epoch / 20.0) + 6),
      'pck', jsonb_build_object('mean', 0.9 - 0.8 * exp(-epoch / 15.0)), 'oks', jsonb_build_object('mean', 0.95 - 0.9 * exp(-epoch / 15.0)))
    where model_uid = ${uid}`;
  const keypoints = KEYPOINTS.map(keypoint => ({ keypoint, count: 10, mean: 2.5 }));
  const error = {
    count: 38,
    missed: 2,
    mean: 2.5,
    median: 1.5,
    p90: 6,
    baseline_mean: 40,
    baseline_median: 38,
    keypoints,
  };
  await sql`update models set pixel_error = ${JSON.stringify(error)}::jsonb where uid = ${uid}`;
}

/**
 * Many models that were trained, `mouse 1` to `mouse {count}`, an hour apart and each with `epochs` lines of a log: for long lists. Every second one
 * has the tag `even`, every tenth `day {n}`.
 */
export async function seedManyModels(
  { client: { sql } }: Pick<TestDatabase, 'client'>,
  count: number,
  { epochs = 20 } = {},
): Promise<void> {
  const config = { backbone_model: 'unet', num_epochs: epochs, learning_rate: 1e-3 };
  await sql`
    with seeded as (
      insert into models (name, tags, training_config, seed, skeleton, frames, best_epoch, created_at)
      select 'mouse ' || n, case when n % 10 = 0 then array['even', 'day ' || n / 10] when n % 2 = 0 then array['even'] else '{}' end,
        ${JSON.stringify(config)}::jsonb, n, ${JSON.stringify(SKELETON)}::jsonb, ${JSON.stringify({ train: 80, validation: 10, holdout: 0 })}::jsonb, ${epochs - 1},
        now() - n * interval '1 hour'
      from generate_series(1, ${count}::int) n returning uid, seed, created_at),
    trained as (
      insert into tasks (kind, state, model_uid, max_attempts, attempt, phase, worker, created_at, started_at, finished_at)
      select 'train', 'succeeded', uid, 3, 1, 'done', 'hand-1', created_at, created_at, created_at + seed * interval '1 second' from seeded)
    insert into epochs (model_uid, epoch, loss, val_loss, lr, seconds)
    select uid, e, 0.02 * exp(-e / 8.0) + 1e-6 * seed, 0.022 * exp(-e / 7.0) + 2e-6 * seed, 1e-3, 1.5
    from seeded, generate_series(0, ${epochs - 1}::int) e`;
}
