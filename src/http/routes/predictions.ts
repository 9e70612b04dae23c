/** What an inference found, as files of many formats, made as they are sent. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { predictionsSchema } from '../../contract/inference-resource.ts';
import { PREDICTION_FILES, type PredictionFileName, predictionFilesSchema } from '../../contract/prediction-files.ts';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { listPredictionFiles, openPredictionFile } from '../../service/prediction-files.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { attachmentAs, besideVideo, inlineAs } from '../content-disposition.ts';
import { AS_A_FILE, fileAnswers } from '../file-answers.ts';
import { fileHeaders } from '../headers.ts';
import { inferenceParams } from '../params.ts';
import { sendFile } from '../send-file.ts';
import { sentences } from '../sentences.ts';

/** Shown by a browser; the others are for other programs. */
const SHOWN: readonly PredictionFileName[] = ['predictions.json', 'predictions.ndjson'];

const tags = ['inferences'];
const AFTER = z.object({
  after: z
    .string()
    .optional()
    .meta({
      ...{ type: 'integer', minimum: -1, maximum: 999_999_999, default: -1 },
      description: 'Only frames behind this one, counted from 0: for a client that has those up to it.',
    }),
});
const EMPTY_FRAMES = z.object({
  empty_frames: z
    .string()
    .optional()
    .meta({
      ...{ type: 'boolean', default: false },
      description: 'A row for frames without a detection as well.',
    }),
});
/** What the query of a file may say; all others have none. */
const QUERIES: Partial<Record<PredictionFileName, typeof AFTER | typeof EMPTY_FRAMES>> = {
  'predictions.json': AFTER,
  'predictions.ndjson': AFTER,
  'predictions.csv': EMPTY_FRAMES,
};

export function predictionRoutes(ctx: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/inferences/{id}/predictions', operationId: 'listPredictionFiles', tags },
      summary: 'The files of what was found',
      request: { params: inferenceParams },
      responses: { 200: json(predictionFilesSchema, 'The files.'), ...problems('not_found') },
    }),
    async c => c.json(await listPredictionFiles(ctx, c.req.valid('param').id), 200),
  );

  for (const name of Object.keys(PREDICTION_FILES) as PredictionFileName[]) describeFile(routes, name);
  // One route for all, so that a name that is none is told which there are.
  routes.get('/inferences/:id/:file{predictions\\..*}', async c => {
    const options = {
      after: frameNumber(c.req.query('after')),
      emptyFrames: yesOrNo('empty_frames', c.req.query('empty_frames')),
    };
    const opened = await openPredictionFile(ctx, c.req.param('id'), c.req.param('file'), options);
    const { name, fileName, etag, file } = opened;
    const saveAs = besideVideo(fileName, name);
    return sendFile(c, {
      etag,
      type: PREDICTION_FILES[name].type,
      disposition: SHOWN.includes(name) ? inlineAs(saveAs) : attachmentAs(saveAs),
      sizeBytes: file.sizeBytes,
      measure: () => file.measure(),
      pieces: range => file.pieces(range),
    });
  });

  return routes;
}

function describeFile(routes: OpenAPIHono, name: PredictionFileName): void {
  const { type, description } = PREDICTION_FILES[name];
  const query = QUERIES[name];
  const answers = fileAnswers('The file.', type);
  const words = name.split('.').map(word => word[0]!.toUpperCase() + word.slice(1));
  routes.openAPIRegistry.registerPath({
    ...{ method: 'get', path: `/inferences/{id}/${name}`, operationId: `download${words.join('')}`, tags },
    summary: `What was found, as ${name}`,
    description: sentences(
      description,
      'So far while the inference runs, and all of it once it ended, however it ended.',
      AS_A_FILE,
    ),
    request: { params: inferenceParams, headers: fileHeaders, ...(query && { query }) },
    responses: {
      ...answers,
      // The others are read by programs that know them.
      ...(name === 'predictions.json' && {
        200: { ...answers[200], content: { [type]: { schema: predictionsSchema } } },
      }),
      ...problems('not_found', 'invalid_request', 'range_not_satisfiable'),
    },
  });
}

/** @returns -1 where none was given. @throws AppError invalid_request. */
function frameNumber(text: string | undefined): number {
  if (text === undefined) return -1;
  if (/^(-1|\d{1,9})$/.test(text)) return Number(text);
  throw new AppError('invalid_request', `after: "${text.slice(0, 80)}" is no frame number.`, {
    remedy: 'Give the number of the last frame that you have, counted from 0.',
  });
}

/** @returns false where none was given. @throws AppError invalid_request. */
function yesOrNo(name: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new AppError('invalid_request', `${name}: "${text.slice(0, 80)}" is neither true nor false.`);
}
