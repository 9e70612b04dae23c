/**
 * Models and what belongs to them. One owner per fact: state and times of a training or an inference stand in `tasks` (schema-queue.ts),
 * its log in `epochs`, its bytes in `blobs` (schema-bytes.ts). Change a table here or there, then `npm run db:generate` writes the migration.
 */
import {
  type AnyPgColumn,
  bigint,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
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
import { blobs } from './schema-bytes.ts';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** One training run, or one import, and what it yields. */
export const models = pgTable(
  'models',
  {
    uid: uuid('uid').primaryKey().defaultRandom(),
    /** What people call it. */
    name: text('name'),
    tags: text('tags').array().notNull().default([]),
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
  },
  table => [index('models_in_order').on(table.createdAt, table.uid)],
);

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

/** Validation frames that a training is watched by, chosen at its start. They never change after. */
export const sampleFrames = pgTable(
  'sample_frames',
  {
    modelUid: uuid('model_uid')
      .notNull()
      .references(() => models.uid, { onDelete: 'cascade' }),
    /** Place among the frames of `sample_predictions`. */
    seq: integer('seq').notNull(),
    /** Of the image, as the dataset names it. */
    name: text('name').notNull(),
    widthPx: integer('width_px').notNull(),
    heightPx: integer('height_px').notNull(),
    /** Little-endian float32 [K, 2]: x px, y px of the original image; NaN where not labelled. */
    truth: bytea('truth').notNull(),
    /** JPEG, scaled down where the image is large. */
    picture: bytea('picture').notNull(),
    pictureWidthPx: integer('picture_width_px').notNull(),
    pictureHeightPx: integer('picture_height_px').notNull(),
  },
  table => [primaryKey({ columns: [table.modelUid, table.seq] })],
);

/** What the weights of each epoch find in them; written with the epoch's row. */
export const samplePredictions = pgTable(
  'sample_predictions',
  {
    modelUid: uuid('model_uid')
      .notNull()
      .references(() => models.uid, { onDelete: 'cascade' }),
    epoch: integer('epoch').notNull(),
    /** Little-endian float32 [frames, K, 3]: x px, y px of the original image, score; NaN x and y where no peak was found. */
    points: bytea('points').notNull(),
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
export const inferences = pgTable(
  'inferences',
  {
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
  },
  table => [index('inferences_of_a_model').on(table.modelUid)],
);

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
