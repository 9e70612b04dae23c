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

export const progressSchema = z
  .object({
    done: z.number().int().nonnegative().describe('How much of this phase is done, in units.'),
    total: z.number().int().nonnegative().nullable().describe('How much there is, in units; null: not known yet.'),
    unit: z.enum(['bytes', 'steps', 'epochs', 'frames', 'pipelines']).describe('What is counted.'),
    epoch: z.int().min(0).optional().describe('The epoch that steps of a training belong to, counted from 0.'),
    per_second: z
      .number()
      .nonnegative()
      .optional()
      .describe('Units a second, over the last seconds; absent where nobody measures it.'),
    seconds_left: z
      .number()
      .nonnegative()
      .optional()
      .describe('Seconds left at this speed; absent while the speed or the total is not known.'),
  })
  .meta({ id: 'Progress', description: 'How far the present phase of a task is.' });
export type Progress = z.infer<typeof progressSchema>;

export const taskErrorSchema = z
  .object({
    code: z.string().describe('One of a closed set of words, such as labels_missing.'),
    message: z.string().describe('What is wrong, in a sentence for a person.'),
    remedy: z.string().nullable().describe('What to do about it; null: nothing is known to help.'),
  })
  .meta({ id: 'TaskError', description: 'Why a task failed.' });
export type TaskError = z.infer<typeof taskErrorSchema>;

/** Where a piece of work stands: part of every resource that has a task. */
export const taskStatusSchema = z.object({
  state: z.enum(TASK_STATES).describe('succeeded, failed and canceled are final.'),
  phase: z.enum(PHASES).describe('What the worker does right now.'),
  progress: progressSchema.nullable().describe('Of this phase; null where it has none.'),
  waiting_before: z
    .int()
    .nonnegative()
    .nullable()
    .describe('Queued tasks that a worker will begin before this one; null: it does not wait, or no longer.'),
  control: z
    .enum(TASK_CONTROLS)
    .nullable()
    .describe('A stop (keep the best weights) or a cancel was asked for and the worker has not obeyed yet.'),
  stopped_early: z.boolean().describe('Ended by a stop; the best weights are kept.'),
  attempt: z.number().int().describe('How often a worker began it.'),
  max_attempts: z.number().int().describe('How often a worker may begin it, should the one before it die.'),
  worker: z.string().nullable().describe('Name of the worker that holds it, or held it last.'),
  heartbeat_at: z.iso.datetime().nullable().describe('Last sign of life of the worker that holds it, ISO 8601 in UTC.'),
  warnings: z.array(z.string()).describe('Sentences about what was left out, guessed or made do with.'),
  error: taskErrorSchema.nullable().describe('Why it failed; null: it has not.'),
});
export type TaskStatus = z.infer<typeof taskStatusSchema>;

/** A task as `GET /api/tasks/{id}` shows it. Times are ISO 8601. */
export const taskResourceSchema = taskStatusSchema
  .extend({
    task_id: z.uuid().describe('Names the task.'),
    kind: z
      .enum(TASK_KINDS)
      .describe('A training, a video, the import of a model, the overlay of a video, or the check of a dataset.'),
    model_uid: z.uuid().nullable().describe('The model it makes or uses; null for a check.'),
    results_id: z.number().int().nullable().describe('Of an inference or an overlay; else null.'),
    check_id: z.uuid().nullable().describe('Of a check; else null.'),
    created_at: z.iso.datetime().describe('When it was submitted, ISO 8601 in UTC.'),
    started_at: z.iso.datetime().nullable().describe('When a worker first began it; null: it waits in the queue.'),
    finished_at: z.iso.datetime().nullable().describe('When it ended; null: it has not.'),
  })
  .meta({ id: 'Task', description: 'One queued unit of work, and where it stands.' });
export type TaskResource = z.infer<typeof taskResourceSchema>;
