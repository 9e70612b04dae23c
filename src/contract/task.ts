/**
 * Words of the queue.
 *
 * - task: one queued unit of work: `train`, `infer`, `import` of a model from elsewhere, `overlay`, the video with
 *   what was found in it, or `check` of a dataset before anybody trains on it.
 * - lease: a worker's time-limited right to a task; its token stands in every write the worker makes.
 * - attempt: how many times a task was claimed. A task whose worker died is claimed again until its attempts are used up.
 * - control: what a person asked of an active task: `stop` (keep the best weights) or `cancel` (discard).
 * - phase: what the worker does right now, in words for a person.
 *
 * The state machine lives in TRANSITIONS and nowhere else; the SQL verbs under src/queue are tested against it.
 */
import { z } from 'zod';

export const TASK_KINDS = ['train', 'infer', 'import', 'overlay', 'check'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

export const TASK_STATES = ['queued', 'active', 'succeeded', 'failed', 'canceled'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const TASK_CONTROLS = ['stop', 'cancel'] as const;
export type TaskControl = (typeof TASK_CONTROLS)[number];

/**
 * What can happen to a task. `reclaim` is a claim after the lease ran out, `exhaust` the same with no attempt left,
 * `release` gives the task back (worker shut down or crashed), `discard` ends it unfinished by request.
 */
export const TASK_EVENTS = ['claim', 'reclaim', 'release', 'succeed', 'fail', 'exhaust', 'discard'] as const;
export type TaskEvent = (typeof TASK_EVENTS)[number];

export const TRANSITIONS: Record<TaskState, Partial<Record<TaskEvent, TaskState>>> = {
  queued: { claim: 'active', discard: 'canceled' },
  active: {
    reclaim: 'active',
    release: 'queued',
    succeed: 'succeeded',
    fail: 'failed',
    exhaust: 'failed',
    discard: 'canceled',
  },
  succeeded: {},
  failed: {},
  canceled: {},
};

export type EndState = Exclude<TaskState, 'queued' | 'active'>;

/** True for a state that no event leaves. */
export function isEndState(state: TaskState): state is EndState {
  return Object.keys(TRANSITIONS[state]).length === 0;
}

export const PHASES = [
  'waiting for a worker',
  'starting',
  'fetching the dataset',
  'unpacking',
  'reading labels',
  'taking out frames',
  'drawing samples',
  'fetching the weights',
  'preparing the network',
  'compiling',
  'training',
  'validating',
  'saving the checkpoint',
  'writing the model files',
  'fetching the model',
  'reading the model',
  'fetching the video',
  'reading the video',
  'predicting',
  'drawing the overlay',
  'storing the overlay',
  'done',
] as const;
export type Phase = (typeof PHASES)[number];

export const progressSchema = z.object({
  done: z.number().int().nonnegative(),
  /** null while the total is not known. */
  total: z.number().int().nonnegative().nullable(),
  unit: z.enum(['bytes', 'steps', 'epochs', 'frames', 'pipelines']),
  /** Units a second, over the last seconds; absent where nobody measures it. */
  per_second: z.number().nonnegative().optional(),
  /** Time left at this speed; absent while the speed or the total is not known. */
  seconds_left: z.number().nonnegative().optional(),
});
export type Progress = z.infer<typeof progressSchema>;

export const taskErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().nullable(),
});
export type TaskError = z.infer<typeof taskErrorSchema>;

/** Where a piece of work stands: part of every resource that has a task. */
export const taskStatusSchema = z.object({
  state: z.enum(TASK_STATES),
  phase: z.enum(PHASES),
  progress: progressSchema.nullable(),
  /** A stop or cancel was asked for and the worker has not obeyed yet. */
  control: z.enum(TASK_CONTROLS).nullable(),
  /** Ended by a stop; the best weights are kept. */
  stopped_early: z.boolean(),
  attempt: z.number().int(),
  max_attempts: z.number().int(),
  worker: z.string().nullable(),
  /** Last sign of life of the worker that holds the task. */
  heartbeat_at: z.iso.datetime().nullable(),
  warnings: z.array(z.string()),
  error: taskErrorSchema.nullable(),
});
export type TaskStatus = z.infer<typeof taskStatusSchema>;

/** A task as `GET /api/tasks/{id}` shows it. Times are ISO 8601. */
export const taskResourceSchema = taskStatusSchema
  .extend({
    task_id: z.uuid(),
    kind: z.enum(TASK_KINDS),
    /** null for `check`. */
    model_uid: z.uuid().nullable(),
    /** For `infer` and `overlay`. */
    results_id: z.number().int().nullable(),
    /** For `check`. */
    check_id: z.uuid().nullable(),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Task' });
export type TaskResource = z.infer<typeof taskResourceSchema>;
