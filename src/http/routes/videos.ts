/** The video of an inference as it was sent, so that a page can play it and draw what was found over it. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { ServiceContext } from '../../service/context.ts';
import { openVideo, VIDEO_TYPES } from '../../service/videos.ts';
import { problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { inlineAs } from '../content-disposition.ts';
import { AS_A_FILE, storedFileAnswers, storedFileQuery } from '../file-answers.ts';
import { fileHeaders } from '../headers.ts';
import { inferenceParams } from '../params.ts';
import { sendFile } from '../send-file.ts';
import { sentences } from '../sentences.ts';

const downloadVideoRoute = createRoute({
  ...{ method: 'get', path: '/inferences/{id}/video', operationId: 'downloadVideo', tags: ['inferences'] },
  summary: 'The video as it was sent',
  description: sentences(
    'For a `<video>` element: it plays while it loads and can be sought in.',
    'Its Content-Type goes by the ending of its name, else by its first bytes.',
    'It is there as long as the inference is.',
    AS_A_FILE,
  ),
  request: { params: inferenceParams, headers: fileHeaders, query: storedFileQuery },
  responses: {
    ...storedFileAnswers('The video.', ...VIDEO_TYPES),
    ...problems('not_found', 'range_not_satisfiable'),
  },
});

export function videoRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(downloadVideoRoute, async c => {
    const { fileName, ...video } = await openVideo(ctx, c.req.valid('param').id);
    return sendFile(c, { ...video, disposition: inlineAs(fileName) });
  });

  return routes;
}
