/** What the lists of models, inferences and tasks can be asked for, and what a page of each holds. */
import { z } from 'zod';
import { inferenceResourceSchema } from './inference-resource.ts';
import { modelResourceSchema, originSchema } from './model.ts';
import { oneLineSchema } from './model-changes.ts';
import { nextCursorSchema, pageQuerySchema } from './page-of.ts';
import { TASK_KINDS, TASK_STATES, taskResourceSchema } from './task.ts';

/** One word of a closed set, or several with commas between them. */
const listOf = <T extends string>(words: readonly [T, ...T[]], what: string) =>
  z
    .string()
    .refine(text => text.split(',').every(word => (words as readonly string[]).includes(word.trim())), {
      error: `must be one of ${words.join(', ')}, or several with commas between them`,
    })
    .transform(text => text.split(',').map(word => word.trim() as T))
    .optional()
    .describe(`${what}: ${words.join(', ')}; several with commas between them. Absent: all.`);

const stateFilter = listOf(TASK_STATES, 'States of the task');
const modelUidFilter = z.string().optional().describe('Those of this model alone.');

/** The orders of every list, and their reverses. */
const TIME_ORDERS = ['created_at', '-created_at', 'finished_at', '-finished_at'] as const;
const BY_TIME =
  'A minus turns an order round. created_at: as they were submitted. finished_at: as they ended; what has not ended comes last.';
const timeOrder = z.enum(TIME_ORDERS).default('-created_at').describe(BY_TIME);

export const modelListQuerySchema = pageQuerySchema.extend({
  state: stateFilter,
  origin: originSchema.optional().describe('Trained here, or imported. Absent: both.'),
  name: oneLineSchema.max(200).optional().describe('Part of the name, in upper or lower case.'),
  tag: z
    .preprocess(given => (given === undefined ? [] : [given].flat()), z.array(oneLineSchema))
    .describe('A tag that the model has; given several times: all of them.'),
  sort: z
    .enum([...TIME_ORDERS, 'name', '-name', 'pixel_error', '-pixel_error'])
    .default('-created_at')
    .describe(
      `${BY_TIME} name: by the alphabet. pixel_error: by its median. Models without a name or an error come last.`,
    ),
});
export type ModelListQuery = z.output<typeof modelListQuerySchema>;

export const inferenceListQuerySchema = pageQuerySchema.extend({
  state: stateFilter,
  model_uid: modelUidFilter,
  sort: timeOrder,
});
export type InferenceListQuery = z.output<typeof inferenceListQuerySchema>;

export const taskListQuerySchema = pageQuerySchema.extend({
  state: stateFilter,
  kind: listOf(TASK_KINDS, 'Kinds of tasks'),
  model_uid: modelUidFilter,
  sort: timeOrder,
});
export type TaskListQuery = z.output<typeof taskListQuerySchema>;

export const modelPageSchema = z
  .object({ models: z.array(modelResourceSchema).describe('In the order asked for.'), next_cursor: nextCursorSchema })
  .meta({ id: 'ModelPage', description: 'A page of the list of models.' });
export type ModelPage = z.infer<typeof modelPageSchema>;

export const inferencePageSchema = z
  .object({
    inferences: z.array(inferenceResourceSchema).describe('In the order asked for.'),
    next_cursor: nextCursorSchema,
  })
  .meta({ id: 'InferencePage', description: 'A page of the list of inferences.' });
export type InferencePage = z.infer<typeof inferencePageSchema>;

export const taskPageSchema = z
  .object({ tasks: z.array(taskResourceSchema).describe('In the order asked for.'), next_cursor: nextCursorSchema })
  .meta({ id: 'TaskPage', description: 'A page of the list of tasks.' });
export type TaskPage = z.infer<typeof taskPageSchema>;
