/** What happened to a task, line by line, for people: `GET /api/tasks/{id}/log` and the `log` events of a stream. */
import { z } from 'zod';

export const LOG_LEVELS = ['info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Most lines in one answer. */
export const MOST_LINES = 5000;

export const logLineSchema = z
  .object({
    seq: z.int().min(1).describe('Number of the line within its task, counted from 1.'),
    at: z.iso.datetime().describe('When it happened, ISO 8601 in UTC.'),
    level: z.enum(LOG_LEVELS).describe('How grave it is.'),
    message: z.string().describe('One sentence.'),
  })
  .meta({ id: 'LogLine', description: 'One thing that happened to a task.' });
export type LogLine = z.infer<typeof logLineSchema>;

export const taskLogSchema = z
  .object({
    task_id: z.uuid().describe('Whose log it is.'),
    lines: z.array(logLineSchema).describe('In order; the oldest of a long log may be gone.'),
  })
  .meta({ id: 'TaskLog', description: 'What happened to a task.' });
export type TaskLog = z.infer<typeof taskLogSchema>;
