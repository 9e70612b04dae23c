/** A training watched on a few of its validation frames: labels, what each epoch found, and the pictures. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { samplesQuerySchema, samplesSchema } from '../../contract/samples.ts';
import type { ServiceContext } from '../../service/context.ts';
import { readSamplePicture, readSamples } from '../../service/samples.ts';
import { file, json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { isKnown } from '../entity-tag.ts';
import { answered, fileHeaders } from '../headers.ts';
import { taggedJson } from '../json-etag.ts';
import { modelParams } from '../params.ts';
import { sentences } from '../sentences.ts';

const YEAR_SECONDS = 365 * 86_400;

const tags = ['models'];

const readSamplesRoute = createRoute({
  ...{ method: 'get', path: '/models/{uid}/samples', operationId: 'readSamples', tags },
  summary: 'What each epoch found in a few validation frames',
  description: sentences(
    'The frames are chosen when the training begins, and each epoch adds what its weights find in them.',
    'Of more than 200 epochs after `after` the answer holds evenly spaced ones: the first, the last, and the best of the training if it is one of them, are always there.',
    'Who follows a training asks again with `after` at each `epoch` event.',
  ),
  request: { params: modelParams, query: samplesQuerySchema },
  responses: { 200: json(samplesSchema, 'Frames and epochs so far.'), ...problems('invalid_request', 'not_found') },
});

export function sampleRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(readSamplesRoute, async c =>
    taggedJson(c, await readSamples(ctx, c.req.valid('param').uid, c.req.valid('query'))),
  );

  const number = z.string().meta({ type: 'integer', minimum: 0, description: 'Place in `frames` of the samples.' });
  routes.openAPIRegistry.registerPath({
    ...{ method: 'get', path: '/models/{uid}/samples/{n}.jpg', operationId: 'readSamplePicture', tags },
    summary: 'The picture of a sample frame',
    description: 'Without labels; its longest side is 640 px or less.',
    request: { params: modelParams.extend({ n: number }), headers: fileHeaders.pick({ 'If-None-Match': true }) },
    responses: {
      200: { ...file('The picture. It never changes.', 'image/jpeg'), headers: answered('ETag', 'Cache-Control') },
      304: { description: 'The client has it already.', headers: answered('ETag', 'Cache-Control') },
      ...problems('not_found'),
    },
  });
  // The router takes a whole segment for a parameter, the description a part of one.
  routes.get('/models/:uid/samples/:file{\\d{1,9}\\.jpg}', async c => {
    const { picture, etag } = await readSamplePicture(
      ctx,
      c.req.param('uid'),
      Number.parseInt(c.req.param('file'), 10),
    );
    c.header('ETag', etag);
    c.header('Cache-Control', `private, max-age=${YEAR_SECONDS}, immutable`);
    if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304);
    return c.body(picture as Uint8Array<ArrayBuffer>, 200, { 'Content-Type': 'image/jpeg' });
  });

  return routes;
}
