/**
 * Files sent ahead of the request that uses them, at one address in two ways that the header Tus-Resumable tells apart: at once, as the bare
 * body or in a form, or in pieces by the tus protocol (tus.ts). Bodies are described and not checked, since they stream.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { uploadListSchema, uploadResourceSchema } from '../../contract/upload.ts';
import type { ServiceContext } from '../../service/context.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { addCompleteUpload, listUploads, readUpload } from '../../service/uploads.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { fileNameOf } from '../file-name.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { appendPiece, beginUpload, describeTus, endUpload, obeyOverride, tellOffset } from '../tus.ts';
import { type FileWanted, readUploadBody, requireUpload } from '../upload-body.ts';
import { describeUploadRoutes } from './upload-descriptions.ts';

const ANY_FILE: FileWanted = { kind: 'file', member: 'file', texts: ['file_name'], bareType: '*' };

/** A text that is no id names no upload: not_found, not a fault of the request. */
const params = z.object({ id: z.string().meta({ format: 'uuid', description: 'The upload_id.' }) });
const tags = ['uploads'];

export function uploadRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();
  describeUploadRoutes(routes.openAPIRegistry, params);

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/uploads', operationId: 'listUploads', tags },
      summary: 'The newest uploads',
      responses: { 200: json(uploadListSchema, 'At most 100, the newest first.'), ...problems() },
    }),
    async c => c.json({ uploads: await listUploads(ctx) }, 200),
  );

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/uploads/{id}', operationId: 'readUpload', tags, request: { params } },
      summary: 'Where an upload stands',
      responses: { 200: json(uploadResourceSchema, 'The upload.'), ...problems('not_found', 'upload_expired') },
    }),
    async c => {
      // Hono hands a HEAD to the route of GET.
      if (c.req.method === 'HEAD' && c.req.header('tus-resumable') !== undefined) return tellOffset(ctx, c) as never;
      return c.json(await readUpload(ctx, c.req.valid('param').id), 200);
    },
  );

  routes.openapi(
    createRoute({
      ...{ method: 'delete', path: '/uploads/{id}', operationId: 'deleteUpload', tags, request: { params } },
      summary: 'Let go of an upload',
      description: 'Ends it whoever is sending to it. Models and inferences that use its blob keep it.',
      responses: {
        204: { description: 'It is gone.' },
        ...problems('not_found', 'upload_is_busy', 'tus_version_unsupported'),
      },
    }),
    c => endUpload(ctx, c) as never,
  );

  routes.options('/uploads', c => describeTus(ctx, c));
  routes.options('/uploads/:id', c => describeTus(ctx, c));
  routes.post('/uploads', c =>
    c.req.header('tus-resumable') === undefined ? storeUpload(ctx, c) : beginUpload(ctx, c),
  );
  routes.post('/uploads/:id', c => obeyOverride(ctx, c));
  routes.patch('/uploads/:id', c => appendPiece(ctx, c));

  return routes;
}

async function storeUpload(ctx: ServiceContext, c: Context): Promise<Response> {
  const body = await readUploadBody(ctx, c.req.raw, ANY_FILE);
  const file = await requireUpload(body, ANY_FILE).finish();
  const { file_name: inForm } = body.fields;
  const fileName = typeof inForm === 'string' ? inForm : fileNameOf(c);
  const { answer, replayed } = await keepIfUsed(ctx, file, () =>
    addCompleteUpload(ctx, { file, fileName }, idempotencyOf(c, { fileName }, file.sha256)),
  );
  markReplayed(c, replayed);
  return c.json(answer, 201, { Location: `/api/uploads/${answer.upload_id}` });
}
