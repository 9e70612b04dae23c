/** The two routes about inference that clients of the first service speak. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { stream } from 'hono/streaming';
import { inferenceResultSchema, resultIdsSchema } from '../../contract/inference.ts';
import { submittedInferenceSchema } from '../../contract/submissions.ts';
import { AppError } from '../../errors.ts';
import { logger } from '../../log.ts';
import { inferenceResults } from '../../service/results.ts';
import { submitInference } from '../../service/submit.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { UPLOAD_ERRORS, videoBody } from '../bodies.ts';
import type { AppContext } from '../context.ts';
import { streamedJson } from '../file-answers.ts';
import { submissionAnswered, submissionHeaders } from '../headers.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { awaitIfPreferred } from '../prefer.ts';
import { sentences } from '../sentences.ts';
import { type FileWanted, readUploadBody, requireUpload } from '../upload-body.ts';

const VIDEO: FileWanted = { kind: 'video', member: 'video_base64' };
/** Members of a submission that are not fields of inference_config. */
const OTHER_MEMBERS = ['model_uid', 'file_name', 'video_base64', 'video_blob'];
const log = logger('http');

const tags = ['the seven routes'];
const idsQuery = z.object({
  ids: z.string().optional().meta({ description: '1 to 1000 results_id, separated by commas; needed.' }),
});

const inferRoute = createRoute({
  ...{ method: 'post', path: '/video-inference', operationId: 'inferVideo', tags },
  summary: 'Run a model on a video',
  description: sentences(
    'Answered once the video has arrived and its inference is queued.',
    'The model must have weights: its training has ended, after an epoch at least.',
    'Whether the video can be read is found by the worker.',
  ),
  request: { headers: submissionHeaders, body: videoBody() },
  responses: {
    200: { ...json(submittedInferenceSchema, 'The inference is queued.'), headers: submissionAnswered() },
    ...problems(
      ...UPLOAD_ERRORS,
      ...(['not_found', 'model_is_training', 'model_has_no_weights', 'idempotency_key_reused'] as const),
    ),
  },
});

const resultsRoute = createRoute({
  ...{ method: 'get', path: '/inference-results', operationId: 'readInferenceResults', tags },
  summary: 'What was found in videos',
  description: sentences(
    '`keypoints` is null until the inference has succeeded; then it has every frame that was asked for and every',
    'keypoint, in pixels of the video, rounded to 0.0001.',
    '`[null, null]`: the keypoint was not found.',
  ),
  request: { query: idsQuery },
  responses: {
    200: streamedJson(z.array(inferenceResultSchema), 'In the order of `ids`.'),
    ...problems('invalid_request', 'not_found'),
  },
});

export function inferenceRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(inferRoute, async c => {
    const body = await readUploadBody(ctx, c.req.raw, VIDEO);
    const { fields } = body;
    const video = await requireUpload(body, VIDEO).finish();
    const { answer, replayed } = await keepIfUsed(ctx, video, async () =>
      submitInference(
        ctx,
        {
          modelUid: textField(fields, 'model_uid'),
          fileName: textField(fields, 'file_name'),
          config: inferenceConfigOf(fields),
          video,
        },
        idempotencyOf(c, fields, video.sha256),
      ),
    );
    markReplayed(c, replayed);
    const { resultsId, taskId } = answer;
    return c.json({ results_id: resultsId, task_id: taskId, ...(await awaitIfPreferred(ctx, c, taskId)) }, 200);
  });

  routes.openapi(resultsRoute, async c => {
    const ids = resultIdsSchema.safeParse(c.req.valid('query').ids ?? '');
    if (!ids.success) {
      throw new AppError('invalid_request', `ids: ${ids.error.issues[0]!.message}.`, {
        remedy: 'Ask with ?ids=1,2 and the results_id of each video.',
      });
    }
    const pieces = await inferenceResults(ctx, ids.data);
    c.header('Content-Type', 'application/json');
    return stream(
      c,
      async out => {
        for await (const piece of pieces) {
          // Writing to a client who has left throws nothing.
          if (out.aborted) return;
          await out.write(piece);
        }
      },
      // The answer has begun: it ends here, and the client sees JSON cut short.
      async error => log.error('Sending inference results broke off: {error}', { error }),
    );
  });

  return routes;
}

/** A form may give inference_config as one JSON field, or its fields one by one. */
function inferenceConfigOf(fields: Record<string, unknown>): unknown {
  if ('inference_config' in fields) return fields.inference_config;
  const flat = Object.fromEntries(Object.entries(fields).filter(([name]) => !OTHER_MEMBERS.includes(name)));
  // The text of one frame reads as a number.
  return typeof flat.frames === 'number' ? { ...flat, frames: String(flat.frames) } : flat;
}

function textField(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new AppError('invalid_request', `"${name}" is missing.`, {
    errors: [{ pointer: `/${name}`, detail: 'a text is required' }],
  });
}
