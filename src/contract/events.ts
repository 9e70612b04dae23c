/**
 * What the event streams of models, tasks and inferences tell (server-sent events, WHATWG HTML §9.2): each event has a name, data in JSON
 * and, where it moves the place to go on from, an id.
 *
 * An id is `<epoch>.<line>`: the last epoch and the last line of the log that the reader has, -1 and 0 for none. A reader that comes back
 * with it gets all that came after, once. A number alone is an epoch; anything else begins from the start.
 */
import { z } from 'zod';
import { inferenceResourceSchema } from './inference-resource.ts';
import { epochRowSchema, modelResourceSchema } from './model.ts';
import { progressSchema, taskResourceSchema } from './task.ts';
import { logLineSchema } from './task-log.ts';

/** Where a reader of a stream stands. */
export interface EventCursor {
  /** Last epoch that it has; -1: none. */
  epoch: number;
  /** Last line of the log that it has; 0: none. */
  seq: number;
}

export const FROM_THE_START: EventCursor = { epoch: -1, seq: 0 };

export function eventId({ epoch, seq }: EventCursor): string {
  return `${epoch}.${seq}`;
}

/** @param id as a reader sent it back; undefined: it has read nothing. */
export function cursorOf(id: string | undefined): EventCursor {
  const parts = /^(-1|\d{1,9})(?:\.(\d{1,9}))?$/.exec(id ?? '');
  return parts ? { epoch: Number(parts[1]), seq: Number(parts[2] ?? 0) } : FROM_THE_START;
}

const task = taskResourceSchema.shape;

export const phaseEventSchema = z
  .object({
    task_id: task.task_id,
    kind: task.kind,
    ...{ state: task.state, phase: task.phase, waiting_before: task.waiting_before, control: task.control },
    ...{ attempt: task.attempt, max_attempts: task.max_attempts, worker: task.worker },
  })
  .describe('What is being done, whenever that changes.')
  .meta({ id: 'PhaseEvent' });
export type PhaseEvent = z.infer<typeof phaseEventSchema>;

export const stepEventSchema = z
  .object({
    epoch: z
      .int()
      .min(0)
      .nullable()
      .describe('The epoch that the steps belong to, counted from 0; null in every phase but training.'),
    done: progressSchema.shape.done,
    total: progressSchema.shape.total,
    unit: progressSchema.shape.unit,
    per_second: z.number().min(0).nullable().describe('Units a second, over the last seconds; null: not known.'),
    seconds_left: z.number().min(0).nullable().describe('Time left at this speed, in seconds; null: not known.'),
  })
  .describe('How far the phase is, at most four times a second.')
  .meta({ id: 'StepEvent' });
export type StepEvent = z.infer<typeof stepEventSchema>;

export const doneEventSchema = z
  .object({ state: task.state, stopped_early: task.stopped_early, error: task.error })
  .describe('The task has ended. Nothing follows; do not connect again.')
  .meta({ id: 'DoneEvent' });
export type DoneEvent = z.infer<typeof doneEventSchema>;

const id = z.string().describe('To be sent back as Last-Event-ID: `<epoch>.<line>`.');
const events = [
  z.object({ event: z.literal('phase'), data: phaseEventSchema }),
  z.object({ event: z.literal('epoch'), id, data: epochRowSchema }),
  z.object({ event: z.literal('log'), id, data: logLineSchema }),
  z.object({ event: z.literal('step'), data: stepEventSchema }),
  z.object({ event: z.literal('done'), data: doneEventSchema }),
] as const;
const modelEvent = z.object({ event: z.literal('model'), data: modelResourceSchema });
const inferenceEvent = z.object({ event: z.literal('inference'), data: inferenceResourceSchema });

export const taskEventSchema = z
  .discriminatedUnion('event', events)
  .describe('One event of a stream; its `data` is JSON there.')
  .meta({ id: 'TaskEvent' });
export type TaskEvent = z.infer<typeof taskEventSchema>;

export const modelEventSchema = z
  .discriminatedUnion('event', [...events, modelEvent])
  .describe('One event of a stream; its `data` is JSON there.')
  .meta({ id: 'ModelEvent' });
export type ModelEvent = z.infer<typeof modelEventSchema>;

export const inferenceEventSchema = z
  .discriminatedUnion('event', [...events, inferenceEvent])
  .describe('One event of a stream; its `data` is JSON there.')
  .meta({ id: 'InferenceEvent' });
export type InferenceEvent = z.infer<typeof inferenceEventSchema>;

const models = z
  .object({ models: z.array(modelResourceSchema).describe('The newest first.') })
  .describe('The newest 100, whole.');

export const readyEventSchema = z
  .object({ models: z.int().nonnegative().describe('How many models there are.') })
  .describe('From here on nothing is missed: what the lists say from now on, and every change after it.')
  .meta({ id: 'ReadyEvent' });
export type ReadyEvent = z.infer<typeof readyEventSchema>;

export const deletedEventSchema = z
  .object({ model_uid: modelResourceSchema.shape.model_uid })
  .describe('A model is gone.')
  .meta({ id: 'DeletedEvent' });
export type DeletedEvent = z.infer<typeof deletedEventSchema>;

/** Of the changes of all models. */
export type ModelsChangeEvent =
  | { event: 'ready'; data: ReadyEvent }
  | { event: 'deleted'; data: DeletedEvent }
  | z.infer<typeof modelEvent>;

/** Of the list of models: whole, or by what changes in it. */
export const modelsEventSchema = z
  .discriminatedUnion('event', [
    z.object({ event: z.literal('models'), data: models }),
    z.object({ event: z.literal('ready'), data: readyEventSchema }),
    modelEvent,
    z.object({ event: z.literal('deleted'), data: deletedEventSchema }),
  ])
  .describe('One event of a stream; its `data` is JSON there.')
  .meta({ id: 'ModelsEvent' });
