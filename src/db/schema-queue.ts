/** Tables of the work: tasks and their logs, who works on them, who is told of it, and which requests were answered before. */
import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  check,
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
import type { Phase, Progress, TaskControl, TaskError, TaskKind, TaskState } from '../contract/task.ts';
import type { LogLevel } from '../contract/task-log.ts';
import type { DeliveryAttempt, DeliveryState, WebhookEvent, WebhookPayload } from '../contract/webhook.ts';
import { datasetChecks, inferences, models } from './schema.ts';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

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
    /** Lines of its log so far: counted under the lock of this row, so that they become visible in their order. */
    logLines: integer('log_lines').notNull().default(0),
    createdAt: time('created_at').notNull().defaultNow(),
    startedAt: time('started_at'),
    finishedAt: time('finished_at'),
  },
  table => [
    index('tasks_in_order').on(table.seq),
    // The claim reads only this index; finished tasks are not in it.
    index('tasks_open').on(table.seq).where(sql`state in ('queued', 'active')`),
    uniqueIndex('tasks_one_origin_a_model').on(table.modelUid).where(sql`kind in ('train', 'import')`),
    // What a deletion of an inference and the newest overlay ask for.
    index('tasks_of_an_inference').on(table.inferenceId),
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

/** What happened to a task, for people; the oldest lines of a long one are let go. */
export const taskLog = pgTable(
  'task_log',
  {
    taskId: uuid('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    /** Counted from 1. */
    seq: integer('seq').notNull(),
    at: time('at').notNull().defaultNow(),
    level: text('level').$type<LogLevel>().notNull(),
    message: text('message').notNull(),
  },
  table => [primaryKey({ columns: [table.taskId, table.seq] })],
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

/** Answers to requests that carried an Idempotency-Key, for a day. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    /** What was asked, such as `POST /api/train-network`: the same key may be used with another. */
    scope: text('scope').notNull(),
    key: text('key').notNull(),
    /** sha256 of the request, its file's content included. */
    fingerprint: text('fingerprint').notNull(),
    answer: jsonb('answer').$type<Record<string, unknown>>().notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
  },
  table => [primaryKey({ columns: [table.scope, table.key] })],
);

/** Whom to tell of what. */
export const webhooks = pgTable('webhooks', {
  id: uuid('id').primaryKey().defaultRandom(),
  url: text('url').notNull(),
  /** `whsec_` and base64, as Standard Webhooks has it. */
  secret: text('secret').notNull(),
  /** Empty: of everything. */
  events: text('events').array().$type<WebhookEvent[]>().notNull().default([]),
  description: text('description'),
  /** Set when it was switched off, by request or because its receiver is gone for good. */
  disabledAt: time('disabled_at'),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** What was, or is to be, told to a webhook: written in the transaction of what it tells of. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** The webhook-id that the receiver sees, the same on every attempt. */
    id: uuid('id').primaryKey().defaultRandom(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    event: text('event').$type<WebhookEvent>().notNull(),
    payload: jsonb('payload').$type<WebhookPayload>().notNull(),
    state: text('state').$type<DeliveryState>().notNull().default('pending'),
    attempts: jsonb('attempts').$type<DeliveryAttempt[]>().notNull().default([]),
    /** Nobody else sends it before this time, which is also how a sender holds it. */
    nextAttemptAt: time('next_attempt_at').notNull().defaultNow(),
    createdAt: time('created_at').notNull().defaultNow(),
    deliveredAt: time('delivered_at'),
  },
  table => [
    index('webhook_deliveries_due').on(table.nextAttemptAt).where(sql`state = 'pending'`),
    index('webhook_deliveries_of_a_webhook').on(table.webhookId, table.createdAt),
  ],
);
