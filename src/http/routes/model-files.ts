/** A model's files for download, and its way in from elsewhere. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { MODEL_FILES, modelFilesSchema } from '../../contract/model-files.ts';
import { submittedModelSchema } from '../../contract/submissions.ts';
import { listModelFiles, openModelFile } from '../../service/model-files.ts';
import { submitImport } from '../../service/submit.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { modelBody, UPLOAD_ERRORS } from '../bodies.ts';
import { attachmentAs } from '../content-disposition.ts';
import type { AppContext } from '../context.ts';
import { AS_A_FILE, storedFileAnswers, storedFileQuery } from '../file-answers.ts';
import { fileHeaders, submissionAnswered, submissionHeaders } from '../headers.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { modelParams } from '../params.ts';
import { awaitIfPreferred } from '../prefer.ts';
import { sendFile } from '../send-file.ts';
import { sentences } from '../sentences.ts';
import { type FileWanted, readUploadBody, requireUpload } from '../upload-body.ts';

const MODEL_ZIP: FileWanted = { kind: 'model', member: 'model_zip', bareType: 'application/zip' };

const tags = ['models'];
const fileParams = modelParams.extend({
  name: z.string().meta({ enum: Object.keys(MODEL_FILES), description: 'Of a file of the list.' }),
});
/** Each once. */
const fileTypes = [...new Set(Object.values(MODEL_FILES).map(({ type }) => type))];
const fileList = Object.entries(MODEL_FILES).map(([name, { description }]) => `- \`${name}\`: ${description}`);

const importModelRoute = createRoute({
  ...{ method: 'post', path: '/models', operationId: 'importModel', tags },
  summary: 'Take in a model from elsewhere',
  description: sentences(
    'Answered once the file has arrived.',
    'What is in it is read by a worker: the model is there once its task has succeeded.',
  ),
  request: { headers: submissionHeaders, body: modelBody() },
  responses: {
    202: {
      ...json(submittedModelSchema, 'The import is queued; Location is the model.'),
      headers: submissionAnswered('Location'),
    },
    ...problems(...UPLOAD_ERRORS, 'archive_invalid', 'idempotency_key_reused'),
  },
});

const listModelFilesRoute = createRoute({
  ...{
    method: 'get',
    path: '/models/{uid}/files',
    operationId: 'listModelFiles',
    tags,
    request: { params: modelParams },
  },
  summary: 'The files that a model can be downloaded as',
  description: sentences(
    'Those there are so far.',
    'The address with a slash at its end is the same, so that names can be put behind it.',
  ),
  responses: { 200: json(modelFilesSchema, 'The files.'), ...problems('not_found') },
});

const downloadModelFileRoute = createRoute({
  ...{ method: 'get', path: '/models/{uid}/files/{name}', operationId: 'downloadModelFile', tags },
  summary: 'A file of a model',
  description: [`Each appears as soon as there is something in it. ${AS_A_FILE}`, '', ...fileList].join('\n'),
  request: { params: fileParams, headers: fileHeaders, query: storedFileQuery },
  responses: { ...storedFileAnswers('The file.', ...fileTypes), ...problems('not_found', 'range_not_satisfiable') },
});

export function modelFileRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(importModelRoute, async c => {
    const body = await readUploadBody(ctx, c.req.raw, MODEL_ZIP);
    const archive = await requireUpload(body, MODEL_ZIP).finish();
    const { answer, replayed } = await keepIfUsed(ctx, archive, async () =>
      submitImport(ctx, { archive }, idempotencyOf(c, body.fields, archive.sha256)),
    );
    markReplayed(c, replayed);
    const { modelUid, taskId } = answer;
    c.header('Location', `/api/models/${modelUid}`);
    return c.json({ model_uid: modelUid, task_id: taskId, ...(await awaitIfPreferred(ctx, c, taskId)) }, 202);
  });

  routes.openapi(listModelFilesRoute, async c => c.json(await listModelFiles(ctx, c.req.valid('param').uid), 200));
  routes.get('/models/:uid/files/', async (c: Context) => c.json(await listModelFiles(ctx, c.req.param('uid'))));

  routes.openapi(downloadModelFileRoute, async c => {
    const { uid, name: wanted } = c.req.valid('param');
    const { name, ...content } = await openModelFile(ctx, uid, wanted);
    // Among other downloads, only the zip needs the model in its name; the others name each other.
    const saveAs = name === 'model.zip' ? `model_${uid.slice(0, 8)}.zip` : name;
    return sendFile(c, { ...content, type: MODEL_FILES[name].type, disposition: attachmentAs(saveAs) });
  });

  return routes;
}
