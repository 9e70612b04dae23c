/** Which frames of a video are worth labelling next. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { suggestionsSchema } from '../../contract/suggestions.ts';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { openSuggestedSlp, readSuggestions } from '../../service/suggestions.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { attachmentAs, besideVideo } from '../content-disposition.ts';
import { AS_A_FILE, fileAnswers } from '../file-answers.ts';
import { fileHeaders } from '../headers.ts';
import { inferenceParams } from '../params.ts';
import { sendFile } from '../send-file.ts';
import { sentences } from '../sentences.ts';

const COUNT = 20;
const MOST = 1000;
const SLP_TYPE = 'application/x-hdf5';

const tags = ['inferences'];
const query = z.object({
  count: z
    .string()
    .optional()
    .meta({
      ...{ type: 'integer', minimum: 1, maximum: MOST, default: COUNT },
      description: 'Frames that are suggested at most.',
    }),
});

export function suggestionRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/inferences/{id}/suggestions', operationId: 'readSuggestions', tags },
      summary: 'The frames worth labelling next',
      description: sentences(
        'Frames where the network is unsure, frames in which a keypoint jumps, and others spread over the video,',
        'chosen from the frames whose predictions are stored.',
      ),
      request: { params: inferenceParams, query },
      responses: { 200: json(suggestionsSchema, 'The frames.'), ...problems('invalid_request', 'not_found') },
    }),
    async c => c.json(await readSuggestions(ctx, c.req.valid('param').id, countOf(c.req.valid('query').count)), 200),
  );

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/inferences/{id}/suggestions.slp', operationId: 'downloadSuggestionsSlp', tags },
      summary: 'The frames worth labelling next, for SLEAP',
      description: sentences(
        'To be opened in SLEAP, labelled and trained on again; what was found in them is there.',
        AS_A_FILE,
      ),
      request: { params: inferenceParams, query, headers: fileHeaders },
      responses: {
        ...fileAnswers('The file.', SLP_TYPE),
        ...problems('invalid_request', 'not_found', 'range_not_satisfiable'),
      },
    }),
    async c => {
      const count = countOf(c.req.valid('query').count);
      const { fileName, etag, file } = await openSuggestedSlp(ctx, c.req.valid('param').id, count);
      return sendFile(c, {
        etag,
        type: SLP_TYPE,
        disposition: attachmentAs(besideVideo(fileName, 'suggestions.slp')),
        sizeBytes: file.sizeBytes,
        pieces: range => file.pieces(range),
      });
    },
  );

  return routes;
}

/** @throws AppError invalid_request. */
function countOf(text: string | undefined): number {
  if (text === undefined) return COUNT;
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST) return count;
  throw new AppError('invalid_request', `count: "${text.slice(0, 80)}" is no number from 1 to ${MOST}.`, {
    remedy: 'Say how many frames are to be suggested at most.',
  });
}
