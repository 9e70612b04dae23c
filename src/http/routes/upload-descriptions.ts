/**
 * The description of the routes that stream a body, or have none but headers. They are described apart from their handlers, since a route that
 * is made from its description reads a form into memory to check it.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { type ZodType, z } from 'zod';
import { uploadResourceSchema } from '../../contract/upload.ts';
import type { ErrorCode } from '../../errors.ts';
import { json, problems } from '../answers.ts';
import { PIECE_TYPE } from '../tus-headers.ts';

const tags = ['uploads'];
const binary = { schema: { type: 'string' as const, format: 'binary' } };
const count = (description: string) => z.string().regex(/^\d+$/).optional().describe(description);
const text = (description: string) => z.string().optional().describe(description);

const version = {
  'Tus-Resumable': text('`1.0.0` of a tus client; its absence means that the whole file comes at once.'),
};
const checksum = {
  'Upload-Checksum': text('`sha1`, `sha256` or `md5`, a space, and the checksum of the piece in base64.'),
};
const length = { 'Upload-Length': count('tus: size of the whole file in bytes.') };

const created = z.object({
  ...version,
  ...length,
  'Upload-Defer-Length': text('tus: `1` where the length is not known yet.'),
  'Upload-Metadata': text('tus: pairs of a key and a base64 value; `filename` is kept.'),
  ...checksum,
  'Content-Disposition': text('`attachment; filename="…"`: the name of a bare file.'),
  'Idempotency-Key': text('Makes it safe to send this again: the upload is made once.'),
});
const piece = z.object({
  ...version,
  'Upload-Offset': count('Where in the file the piece begins, in bytes: where the upload ends.'),
  ...length,
  ...checksum,
});

const standing = {
  'Upload-Offset': { description: 'Bytes that have arrived: where to go on.', schema: { type: 'string' as const } },
  'Upload-Expires': { description: 'When it is let go unless it goes on.', schema: { type: 'string' as const } },
};
const whole = {
  ...standing,
  'Upload-Length': { description: 'Size of the whole file, where it is known.', schema: { type: 'string' as const } },
};
const PIECE_ERRORS: ErrorCode[] = [
  ...(['invalid_request', 'upload_incomplete', 'upload_is_busy', 'checksum_wrong'] as const),
  ...(['payload_too_large', 'tus_version_unsupported'] as const),
];

type Registry = OpenAPIHono['openAPIRegistry'];
type Params = z.ZodObject<{ id: ZodType }>;

/** @param params of the routes of one upload. */
export function describeUploadRoutes(registry: Registry, params: Params): void {
  registry.registerPath({
    ...{ method: 'post', path: '/uploads', operationId: 'createUpload', tags },
    summary: 'Send a file ahead, or begin to',
    description: `Without Tus-Resumable the whole file comes at once: as the bare body of any Content-Type (its name in Content-Disposition or ?file_name=), with Content-Length or chunked, or as the one file of a form. With Tus-Resumable: 1.0.0 an upload begins that goes on in pieces, for which any tus client will do. The answer's \`blob_id\` then stands in other requests as \`dataset_blob\`, \`video_blob\` or \`model_blob\`. The same content is stored once.`,
    request: {
      headers: created,
      query: z.object({ file_name: text('The name of a bare file.') }),
      body: {
        content: {
          'application/octet-stream': binary,
          'multipart/form-data': {
            schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } },
          },
          [PIECE_TYPE]: binary,
        },
      },
    },
    responses: {
      201: {
        ...json(uploadResourceSchema, 'The upload, complete; of a tus upload no body, and its address in Location.'),
        headers: { Location: { description: 'Its address.', schema: { type: 'string' } }, ...standing },
      },
      ...problems(...PIECE_ERRORS, 'idempotency_key_reused'),
    },
  });
  registry.registerPath({
    ...{ method: 'patch', path: '/uploads/{id}', operationId: 'appendToUpload', tags },
    summary: 'Send a piece of an upload (tus)',
    description: `What has arrived stays when the connection breaks, unless the piece has a checksum. Of two requests for one upload the newer goes on, and the older ends with upload_is_busy. Also as POST with X-HTTP-Method-Override: PATCH.`,
    request: { params, headers: piece, body: { content: { [PIECE_TYPE]: binary } } },
    responses: {
      204: { description: 'It is stored.', headers: standing },
      ...problems('not_found', 'upload_expired', 'upload_offset_wrong', 'unsupported_media_type', ...PIECE_ERRORS),
    },
  });
  describeTusQuestions(registry, params);
}

function describeTusQuestions(registry: Registry, params: Params): void {
  registry.registerPath({
    ...{ method: 'head', path: '/uploads/{id}', operationId: 'readUploadOffset', tags },
    summary: 'Where to go on with an upload (tus)',
    request: { params, headers: z.object(version) },
    responses: {
      200: { description: 'Where it stands. A request that is still sending ends.', headers: whole },
      ...problems('not_found', 'upload_expired', 'upload_is_busy', 'tus_version_unsupported'),
    },
  });
  registry.registerPath({
    ...{ method: 'post', path: '/uploads/{id}', operationId: 'overrideUpload', tags },
    summary: 'PATCH or DELETE for clients that cannot send them (tus)',
    request: {
      params,
      headers: z.object({ 'x-http-method-override': z.enum(['PATCH', 'DELETE']).describe('What is meant.') }),
    },
    responses: { 204: { description: 'As for the method that is meant.' }, ...problems('not_found') },
  });
  for (const [path, operationId] of [
    ['/uploads', 'describeUploads'],
    ['/uploads/{id}', 'describeUpload'],
  ] as const)
    registry.registerPath({
      ...{ method: 'options', path, operationId, tags, request: path === '/uploads' ? {} : { params } },
      summary: 'What the service can do of tus',
      responses: {
        204: { description: 'In Tus-Version, Tus-Extension, Tus-Max-Size and Tus-Checksum-Algorithm.' },
        ...problems(),
      },
    });
}
