/**
 * Every table of the service. One owner per fact: state and times of a training or an inference stand in `tasks`, its log in `epochs`, its bytes in `blobs`.
 * Change it here, then `npm run db:generate` writes the migration.
 */
import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { DatasetOptions } from '../contract/dataset.ts';
import type { DatasetReport } from '../contract/dataset-report.ts';
import type { VideoInfo } from '../contract/inference.ts';
import type { Evaluation } from '../contract/metrics.ts';
import type { FrameCounts, PixelError } from '../contract/model.ts';
import type { StoredFileName } from '../contract/model-files.ts';
import type { NetworkInput } from '../contract/network-input.ts';
import type { Environment } from '../contract/portable-model.ts';
import type { Skeleton } from '../contract/pose.ts';
import type { Phase, Progress, TaskControl, TaskError, TaskKind, TaskState } from '../contract/task.ts';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Stored bytes. A row without sha256 is still being written. */
export const blobs = pgTable('blobs', {
  id: uuid('id').primaryKey().defaultRandom(),
  /** Lower-case hex of the content; two sealed blobs never share it. */
  sha256: text('sha256').unique(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull().default(0),
  createdAt: time('created_at').notNull().defaultNow(),
  /** Last time somebody was handed this blob; the collector leaves it alone for a while after. */
  touchedAt: time('touched_at').notNull().defaultNow(),
});

/** A blob's bytes in rows of 250 kB, in order. */
export const blobChunks = pgTable(
  'blob_chunks',
  {
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  table => [primaryKey({ columns: [table.blobId, table.seq] })],
);

/** One training run, or one import, and what it yields. */
export const models = pgTable('models', {
  uid: uuid('uid').primaryKey().defaultRandom(),
  /** As the client sent it; contract/training.ts fills the defaults in. */
  trainingConfig: jsonb('training_config').$type<Record<string, unknown>>().notNull(),
  /** The seed in force: the client's, or one drawn at submission. */
  seed: bigint('seed', { mode: 'number' }).notNull(),
  /** null for an imported model. */
  datasetBlob: uuid('dataset_blob').references(() => blobs.id),
  /** How to read it: format, password, label file. */
  datasetOptions: jsonb('dataset_options').$type<DatasetOptions>().notNull().default({}),
  /** The archive an import reads; gone once it has ended. */
  importBlob: uuid('import_blob').references(() => blobs.id),
  /** The model this training goes on from (resume_from). */
  baseUid: uuid('base_uid').references((): AnyPgColumn => models.uid, { onDelete: 'set null' }),
  skeleton: jsonb('skeleton').$type<Skeleton>(),
  networkInput: jsonb('network_input').$type<NetworkInput>(),
  frames: jsonb('frames').$type<FrameCounts>(),
  parameters: bigint('parameters', { mode: 'number' }),
  /** Where it was trained; null: not known. */
  environment: jsonb('environment').$type<Environment>(),
  /** Weights, optimiser, schedule and position at the last checkpoint; kept for KEEP_CHECKPOINT_DAYS after the end, to go on from. */
  checkpointBlob: uuid('checkpoint_blob').references(() => blobs.id),
  /** Weights with the lowest val_loss. */
  bestBlob: uuid('best_blob').references(() => blobs.id),
  bestEpoch: integer('best_epoch'),
  pixelError: jsonb('pixel_error').$type<PixelError>(),
  /** Of the best weights, over the validation frames and over those held out. */
  evaluation: jsonb('evaluation').$type<{ validation: Evaluation; holdout: Evaluation | null }>(),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** The training log. The primary key is why a resumed training can never write an epoch twice. */
export const epochs = pgTable(
  'epochs',
  {
    modelUid: uuid('model_uid')
      .notNull()
      .references(() => models.uid, { onDelete: 'cascade' }),
    epoch: integer('epoch').notNull(),
    loss: doublePrecision('loss').notNull(),
    valLoss: doublePrecision('val_loss').notNull(),
    lr: doublePrecision('lr').notNull(),
    seconds: doublePrecision('seconds').notNull(),
    /** Over the validation frames with this epoch's weights; null for epochs of versions before 0.2. */
    metrics: jsonb('metrics').$type<Evaluation>(),
  },
  table => [primaryKey({ columns: [table.modelUid, table.epoch] })],
);

/** Files a model can be downloaded as, made by the worker; those that need no TensorFlow.js are made when they are asked for. */
export const modelFiles = pgTable(
  'model_files',
  {
    modelUid: uuid('model_uid')
      .notNull()
      .references(() => models.uid, { onDelete: 'cascade' }),
    name: text('name').$type<StoredFileName>().notNull(),
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  },
  table => [primaryKey({ columns: [table.modelUid, table.name] })],
);

/** One video run through one model. */
export const inferences = pgTable('inferences', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  modelUid: uuid('model_uid')
    .notNull()
    .references(() => models.uid, { onDelete: 'cascade' }),
  videoBlob: uuid('video_blob')
    .notNull()
    .references(() => blobs.id),
  fileName: text('file_name').notNull(),
  /** As the client sent it; contract/inference.ts fills the defaults in. */
  config: jsonb('config').$type<Record<string, unknown>>().notNull().default({}),
  video: jsonb('video').$type<VideoInfo>(),
  /** Of the last overlay that was asked for, as it was sent. */
  overlayConfig: jsonb('overlay_config').$type<Record<string, unknown>>(),
  /** The last overlay that was finished: an mp4. */
  overlayBlob: uuid('overlay_blob').references(() => blobs.id),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** A dataset that is looked into without training on it. */
export const datasetChecks = pgTable('dataset_checks', {
  id: uuid('id').primaryKey().defaultRandom(),
  datasetBlob: uuid('dataset_blob')
    .notNull()
    .references(() => blobs.id),
  datasetOptions: jsonb('dataset_options').$type<DatasetOptions>().notNull().default({}),
  /** null until the worker has read it. */
  report: jsonb('report').$type<DatasetReport>(),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** Frames of a checked dataset with their labels drawn in. */
export const datasetSamples = pgTable(
  'dataset_samples',
  {
    checkId: uuid('check_id')
      .notNull()
      .references(() => datasetChecks.id, { onDelete: 'cascade' }),
    /** Place in the report's list of samples. */
    seq: integer('seq').notNull(),
    png: bytea('png').notNull(),
  },
  table => [primaryKey({ columns: [table.checkId, table.seq] })],
);

/** Predictions of evenly spaced frames. A retry leaves out those that are there. */
export const predictionChunks = pgTable(
  'prediction_chunks',
  {
    inferenceId: integer('inference_id')
      .notNull()
      .references(() => inferences.id, { onDelete: 'cascade' }),
    firstFrame: integer('first_frame').notNull(),
    frames: integer('frames').notNull(),
    /** From one frame of the chunk to the next. */
    step: integer('step').notNull().default(1),
    /** Little-endian float64 [frames]: when each is shown, in seconds since the start of the file; null for chunks of versions before 0.2. */
    times: bytea('times'),
    /** Little-endian float32 [frames, K, 3]: x px, y px, score; NaN x and y where no peak was found. */
    points: bytea('points').notNull(),
    /** Frames in which at least one keypoint was found; null for chunks of versions before 0.2. */
    found: integer('found'),
  },
  table => [primaryKey({ columns: [table.inferenceId, table.firstFrame] })],
);

/** The queue. Read it with src/queue/*, one verb a file. */
export const tasks = pgTable(
  'tasks',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Order of arrival. */
    seq: bigserial('seq', { mode: 'number' }).notNull(),
    kind: text('kind').$type<TaskKind>().notNull(),
    state: text('state').$type<TaskState>().notNull().default('queued'),
    /** null for a check. */
    modelUid: uuid('model_uid').references(() => models.uid, { onDelete: 'cascade' }),
    inferenceId: integer('inference_id').references(() => inferences.id, { onDelete: 'cascade' }),
    checkId: uuid('check_id').references(() => datasetChecks.id, { onDelete: 'cascade' }),
    phase: text('phase').$type<Phase>().notNull().default('waiting for a worker'),
    progress: jsonb('progress').$type<Progress>(),
    control: text('control').$type<TaskControl>(),
    stoppedEarly: boolean('stopped_early').notNull().default(false),
    attempt: integer('attempt').notNull().default(0),
    maxAttempts: integer('max_attempts').notNull(),
    /** New on every claim; a worker that lost its lease finds that its token no longer matches. */
    leaseToken: uuid('lease_token'),
    leaseUntil: time('lease_until'),
    heartbeatAt: time('heartbeat_at'),
    worker: text('worker'),
    warnings: jsonb('warnings').$type<string[]>().notNull().default([]),
    error: jsonb('error').$type<TaskError>(),
    createdAt: time('created_at').notNull().defaultNow(),
    startedAt: time('started_at'),
    finishedAt: time('finished_at'),
  },
  table => [
    // The claim reads only this index; finished tasks are not in it.
    index('tasks_open').on(table.seq).where(sql`state in ('queued', 'active')`),
    uniqueIndex('tasks_one_origin_a_model').on(table.modelUid).where(sql`kind in ('train', 'import')`),
    // The claim asks when a model was last served.
    index('tasks_of_a_model').on(table.modelUid, table.startedAt),
    uniqueIndex('tasks_one_task_an_inference').on(table.inferenceId).where(sql`kind = 'infer'`),
    uniqueIndex('tasks_one_open_overlay')
      .on(table.inferenceId)
      .where(sql`kind = 'overlay' and state in ('queued', 'active')`),
    check('tasks_infer_names_its_inference', sql`(kind in ('infer', 'overlay')) = (inference_id is not null)`),
    check('tasks_check_names_what_it_checks', sql`(kind = 'check') = (check_id is not null)`),
    check('tasks_are_of_a_model_or_a_check', sql`(check_id is null) = (model_uid is not null)`),
    check('tasks_end_has_a_time', sql`(state in ('queued', 'active')) = (finished_at is null)`),
  ],
);

/** Who works, on what device; one row a supervisor process. */
export const workers = pgTable('workers', {
  /** host:pid and a random part. */
  name: text('name').primaryKey(),
  device: text('device'),
  taskId: uuid('task_id'),
  startedAt: time('started_at').notNull().defaultNow(),
  seenAt: time('seen_at').notNull().defaultNow(),
});
