/** What an inference found, as files of many formats, made as they are sent. */
import { Hono } from 'hono';
import { PREDICTION_FILES, type PredictionFileName } from '../../contract/prediction-files.ts';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { listPredictionFiles, openPredictionFile } from '../../service/prediction-files.ts';
import { attachmentAs, besideVideo, inlineAs } from '../content-disposition.ts';
import { sendFile } from '../send-file.ts';

/** Shown by a browser; the others are for other programs. */
const SHOWN: readonly PredictionFileName[] = ['predictions.json', 'predictions.ndjson'];

export function predictionRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.get('/inferences/:id/predictions', async c => c.json(await listPredictionFiles(ctx, c.req.param('id'))));

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
