/**
 * The five routes about training that clients of the first service speak. Names, types and status codes are theirs: a submission is
 * answered with 200, not 202, because those clients test for it (docs/adr/0004).
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import {
  finishedTrainingAtSchema,
  learningStatsSchema,
  modelInfoSchema,
  stopTrainingSchema,
} from '../../contract/seven-routes.ts';
import { submittedModelSchema } from '../../contract/submissions.ts';
import { AppError } from '../../errors.ts';
import { stopTraining } from '../../service/control.ts';
import { datasetOptionsOf } from '../../service/dataset-checks.ts';
import { finishedTrainingAt, learningStats, modelInfo } from '../../service/polled.ts';
import { submitTraining } from '../../service/submit.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { modelUidBody, trainingBody, UPLOAD_ERRORS } from '../bodies.ts';
import type { AppContext } from '../context.ts';
import { DATASET } from '../dataset-body.ts';
import { submissionAnswered, submissionHeaders } from '../headers.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { readJsonObject } from '../json-body.ts';
import { awaitIfPreferred } from '../prefer.ts';
import { sentences } from '../sentences.ts';
import { readUploadBody } from '../upload-body.ts';

/** Parts of a multipart submission that are not fields of training_config. */
const FORM_PARTS = ['file_name', 'dataset_blob', DATASET.member, ...DATASET.texts!];

const tags = ['the seven routes'];
/** Without one no model is named: not_found, as in the first service. */
const query = z.object({
  model_uid: z.string().optional().meta({ format: 'uuid', description: 'The model_uid of a submission; needed.' }),
});
const uidsQuery = z.object({
  uids: z.string().optional().meta({ description: 'One or several model_uid, separated by commas; needed.' }),
});

const trainRoute = createRoute({
  ...{ method: 'post', path: '/train-network', operationId: 'trainNetwork', tags },
  summary: 'Train a network on a labelled dataset',
  description: sentences(
    'Answered once the dataset has arrived and the training is queued.',
    'A wrong training_config and a file that is no whole archive are refused at once;',
    'what else is wrong with the dataset is found by the worker and fails the task.',
  ),
  request: { headers: submissionHeaders, body: trainingBody() },
  responses: {
    200: { ...json(submittedModelSchema, 'The training is queued.'), headers: submissionAnswered() },
    ...problems(
      ...UPLOAD_ERRORS,
      ...(['archive_invalid', 'not_found', 'model_is_training', 'model_has_no_weights'] as const),
      'idempotency_key_reused',
    ),
  },
});

const statsRoute = createRoute({
  ...{ method: 'get', path: '/learning-stats', operationId: 'readLearningStats', tags, request: { query } },
  summary: 'The training log so far',
  description: 'One object a column, keyed by the epoch, counted from 0; {} before the first epoch has ended.',
  responses: { 200: json(learningStatsSchema, 'The log.'), ...problems('invalid_request', 'not_found') },
});

const infoRoute = createRoute({
  ...{ method: 'get', path: '/model-info', operationId: 'readModelInfo', tags, request: { query } },
  summary: 'The configuration of a training and where it stands',
  responses: { 200: json(modelInfoSchema, 'The training.'), ...problems('invalid_request', 'not_found') },
});

const stopRoute = createRoute({
  ...{ method: 'post', path: '/stop-training', operationId: 'stopTraining', tags, request: { body: modelUidBody } },
  summary: 'End a training and keep its best weights',
  description: sentences(
    'A worker obeys after the running batch, and the task succeeds with `stopped_early`.',
    'A training that no worker holds ends at once: with its weights if an epoch had ended before, else as canceled.',
  ),
  responses: {
    200: json(stopTrainingSchema, 'The training ends.'),
    ...problems('not_json', 'invalid_request', 'not_found', 'not_training'),
  },
});

const finishedRoute = createRoute({
  ...{ method: 'get', path: '/get-finished-training-at', operationId: 'readFinishedTrainingAt', tags },
  summary: 'When trainings ended',
  request: { query: uidsQuery },
  responses: {
    200: json(finishedTrainingAtSchema, 'In the order asked for.'),
    ...problems('invalid_request', 'not_found'),
  },
});

export function trainingRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(trainRoute, async c => {
    const { fields, upload } = await readUploadBody(ctx, c.req.raw, DATASET);
    // A training may use the dataset of a check, or of the model that it goes on from (resume_from).
    const dataset = upload ? await upload.finish() : null;
    const { answer, replayed } = await keepIfUsed(ctx, dataset, async () =>
      submitTraining(
        ctx,
        {
          trainingConfig: trainingConfigOf(fields),
          dataset,
          datasetOptions: datasetOptionsOf(fields),
          checkId: fields.check_id ?? null,
        },
        idempotencyOf(c, fields, dataset?.sha256 ?? null),
      ),
    );
    markReplayed(c, replayed);
    const { modelUid, taskId } = answer;
    return c.json({ model_uid: modelUid, task_id: taskId, ...(await awaitIfPreferred(ctx, c, taskId)) }, 200);
  });

  routes.openapi(statsRoute, async c => c.json(await learningStats(ctx, c.req.valid('query').model_uid), 200));

  routes.openapi(infoRoute, async c => {
    const model = await modelInfo(ctx, c.req.valid('query').model_uid);
    const { pretrained_encoder: encoder = null, ...config } = model.config;
    if (encoder !== null) config.pretrained_encoder = encoder;
    return c.json(
      {
        ...config,
        currently_training: model.isTraining,
        started_training_at: httpDate(model.startedAt),
        finished_training_at: httpDate(model.finishedAt),
        ...{ state: model.state, stopped_early: model.stoppedEarly, seed: model.seed },
        ...{ warnings: model.warnings, error: model.error },
      },
      200,
    );
  });

  routes.openapi(stopRoute, async c => {
    const { model_uid: uid } = await readJsonObject(c.req.raw);
    return c.json({ success: await stopTraining(ctx, typeof uid === 'string' ? uid : undefined) }, 200);
  });

  routes.openapi(finishedRoute, async c => {
    const uids = (c.req.valid('query').uids ?? '')
      .split(',')
      .map(uid => uid.trim())
      .filter(uid => uid !== '');
    if (uids.length === 0)
      throw new AppError('invalid_request', 'No uids were given.', { remedy: 'Ask with ?uids=u1,u2.' });
    return c.json(await finishedTrainingAt(ctx, uids), 200);
  });

  return routes;
}

/** A form may give training_config as one JSON field, or its fields one by one. */
function trainingConfigOf(fields: Record<string, unknown>): unknown {
  if ('training_config' in fields) return fields.training_config;
  const flat = Object.entries(fields).filter(([name]) => !FORM_PARTS.includes(name));
  return flat.length > 0 ? Object.fromEntries(flat) : undefined;
}

/** "Sun, 31 Mar 2024 12:58:33 GMT" (RFC 9110 §5.6.7). */
function httpDate(time: Date | null): string | null {
  return time === null ? null : time.toUTCString();
}
