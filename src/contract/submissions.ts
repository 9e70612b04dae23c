/** What a request is answered with that queues a task. A client that waited for the task (`Prefer: wait=n`) is told how it stands as well. */
import { z } from 'zod';
import { TASK_STATES, taskErrorSchema } from './task.ts';

const submittedSchema = z.object({
  task_id: z.uuid().describe('The task that was queued.'),
  state: z.enum(TASK_STATES).optional().describe('Only with `Prefer: wait=n`.'),
  error: taskErrorSchema.nullable().optional().describe('Only with `Prefer: wait=n`; null: none (yet).'),
});

/** `POST /api/train-network`, and `POST /api/models`. */
export const submittedModelSchema = submittedSchema
  .extend({ model_uid: z.uuid().describe('The model it makes.') })
  .meta({ id: 'SubmittedModel', description: 'A training or an import is queued.' });

/** `POST /api/video-inference`. */
export const submittedInferenceSchema = submittedSchema
  .extend({ results_id: z.int().describe('The inference.') })
  .meta({ id: 'SubmittedInference', description: 'A video is queued.' });

/** `POST /api/inferences/{id}/overlay`. */
export const submittedOverlaySchema = submittedSchema.meta({
  id: 'SubmittedOverlay',
  description: 'An overlay is queued.',
});
