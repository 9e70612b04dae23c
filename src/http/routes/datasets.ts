/**
 * Looking into a dataset before anybody trains on it. The body is that of a training, whose configuration is not looked at. The answer
 * waits for the report, a minute unless `Prefer: wait=` says otherwise (RFC 7240); a check that takes longer is answered with 202 and where
 * its report will be.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { datasetCheckSchema } from '../../contract/dataset-report.ts';
import { isEndState } from '../../contract/task.ts';
import type { ErrorCode } from '../../errors.ts';
import { awaitCheck, datasetOptionsOf, readCheck, readSample, submitCheck } from '../../service/dataset-checks.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { file, json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { checkBody, UPLOAD_ERRORS } from '../bodies.ts';
import type { AppContext } from '../context.ts';
import { DATASET } from '../dataset-body.ts';
import { answered, submissionAnswered, waitingHeaders } from '../headers.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { confirmWait, patience, preferredWait } from '../prefer.ts';
import { sentences } from '../sentences.ts';
import { readUploadBody, requireUpload } from '../upload-body.ts';

const WAIT_SECONDS = 60;

/** What the worker may find, which is then the answer. */
const FOUND_BY_WORKER: readonly ErrorCode[] = [
  ...(['archive_too_large', 'password_needed', 'password_wrong', 'dataset_ambiguous', 'labels_missing'] as const),
  ...(['labels_invalid', 'image_missing', 'image_invalid', 'no_labelled_frames', 'several_animals'] as const),
  ...(['video_invalid', 'video_codec_unsupported', 'out_of_memory', 'worker_lost'] as const),
];

const tags = ['datasets'];
const params = z.object({ id: z.string().meta({ format: 'uuid', description: 'The check_id of a check.' }) });
const checkAnswer = (description: string) => ({
  ...json(datasetCheckSchema, description),
  headers: submissionAnswered('Location'),
});

const checkRoute = createRoute({
  ...{ method: 'post', path: '/datasets/check', operationId: 'checkDataset', tags },
  summary: 'See what a training would see of a dataset',
  description: sentences(
    'A worker reads the dataset and reports its format, its keypoints, what it would leave out and what looks wrong,',
    'with labels drawn into some of its images.',
    'A dataset that cannot be trained on is answered with the error that the training would fail with.',
    'The check is kept for a day, and a training may name its check_id in place of the dataset.',
  ),
  request: { headers: waitingHeaders, body: checkBody() },
  responses: {
    200: checkAnswer('The check has ended.'),
    202: checkAnswer('It takes longer than the client waits: ask for it at Location.'),
    ...problems(...UPLOAD_ERRORS, 'archive_invalid', ...FOUND_BY_WORKER, 'not_found', 'idempotency_key_reused'),
  },
});

const readRoute = createRoute({
  ...{ method: 'get', path: '/datasets/checks/{id}', operationId: 'readDatasetCheck', tags, request: { params } },
  summary: 'A check and its report',
  responses: { 200: json(datasetCheckSchema, 'The check.'), ...problems('not_found') },
});

export function datasetRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(checkRoute, async c => {
    const body = await readUploadBody(ctx, c.req.raw, DATASET);
    const dataset = await requireUpload(body, DATASET).finish();
    const { answer, replayed } = await keepIfUsed(ctx, dataset, async () =>
      submitCheck(
        ctx,
        { dataset, options: datasetOptionsOf(body.fields) },
        idempotencyOf(c, body.fields, dataset.sha256),
      ),
    );
    markReplayed(c, replayed);
    const preferred = preferredWait(c);
    if (preferred !== null) confirmWait(c, preferred);
    const check = await awaitCheck(ctx, answer, patience(c, preferred ?? WAIT_SECONDS));
    c.header('Location', `/api/datasets/checks/${check.check_id}`);
    return c.json(check, isEndState(check.state) ? 200 : 202);
  });

  routes.openapi(readRoute, async c => c.json(await readCheck(ctx, c.req.valid('param').id), 200));

  const number = z.string().meta({ type: 'integer', minimum: 0, description: 'As in `samples` of the report.' });
  routes.openAPIRegistry.registerPath({
    ...{ method: 'get', path: '/datasets/checks/{id}/samples/{n}.png', operationId: 'readDatasetSample', tags },
    summary: 'An image of the dataset with its labels drawn in',
    request: { params: params.extend({ n: number }) },
    responses: {
      200: { ...file('The image. It never changes.', 'image/png'), headers: answered('Cache-Control') },
      ...problems('not_found'),
    },
  });
  // The router takes a whole segment for a parameter, the description a part of one.
  routes.get('/datasets/checks/:id/samples/:file{\\d{1,9}\\.png}', async c => {
    const png = await readSample(ctx, c.req.param('id'), Number.parseInt(c.req.param('file'), 10));
    // A check is never done twice: its pictures stay as they are.
    return c.body(png as Uint8Array<ArrayBuffer>, 200, {
      'Content-Type': 'image/png',
      'Cache-Control': 'private, max-age=86400, immutable',
    });
  });

  return routes;
}
