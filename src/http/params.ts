/** What stands in a path. A text that can name nothing names nothing: not_found, said by the service, and not a fault of the request. */
import { z } from '@hono/zod-openapi';

export const inferenceParams = z.object({
  id: z.string().meta({ type: 'integer', description: 'The results_id of an inference.' }),
});

export const modelParams = z.object({
  uid: z.string().meta({ format: 'uuid', description: 'The model_uid of a model.' }),
});

export const taskParams = z.object({
  id: z.string().meta({ format: 'uuid', description: 'The task_id of a submission.' }),
});
