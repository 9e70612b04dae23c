/**
 * What the seven routes of the first service answer (docs/adr/0004): names, types and status codes are its own and stay as they are. Members
 * that it did not have are additions. What its submissions answer is in submissions.ts, the results of inferences in inference.ts.
 */
import { z } from 'zod';
import { TASK_STATES, taskErrorSchema } from './task.ts';

const column = z.record(z.string(), z.number());

/** `GET /api/learning-stats`: {} before the first epoch has ended, then a number for each epoch, which is counted from 0. */
export const learningStatsSchema = z
  .object({
    loss: column.describe("Mean squared error over the confidence maps of the epoch's training batches."),
    lr: column.describe('Learning rate used in the epoch.'),
    val_loss: column.describe('The error over every validation frame once, after the epoch.'),
  })
  .partial()
  .meta({ id: 'LearningStats', description: 'The training log, one object a column, keyed by the epoch.' });

const httpDate = z.string().nullable();

/** `GET /api/model-info`: the training_config as it was sent, and where the training stands. */
export const modelInfoSchema = z
  .looseObject({
    currently_training: z.boolean().describe('Whether the task is queued or active.'),
    started_training_at: httpDate.describe('Such as "Sun, 31 Mar 2024 12:58:33 GMT"; null: it waits in the queue.'),
    finished_training_at: httpDate.describe('Likewise; null: it has not ended.'),
    state: z.enum(TASK_STATES).describe('succeeded, failed and canceled are final.'),
    stopped_early: z.boolean().describe('Ended by a stop; the best weights are kept.'),
    seed: z.int().describe('The one in force.'),
    warnings: z.array(z.string()).describe('Sentences about what was left out, guessed or made do with.'),
    error: taskErrorSchema.nullable().describe('Why it failed; null: it has not.'),
  })
  .describe('The training_config as it was sent, and beside it where the training stands.')
  .meta({ id: 'ModelInfo' });

/** `POST /api/stop-training`. */
export const stopTrainingSchema = z.object({ success: z.string().describe('What happens now, as a sentence.') });

/** `GET /api/get-finished-training-at`, in the order asked for. */
export const finishedTrainingAtSchema = z.array(
  z.object({
    uid: z.uuid(),
    finished_training_at: z.iso.datetime().nullable().describe('null: the training has not ended.'),
  }),
);
