/** Which frames of a video are worth labelling next. */
import { Hono } from 'hono';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { openSuggestedSlp, readSuggestions } from '../../service/suggestions.ts';
import { attachmentAs, besideVideo } from '../content-disposition.ts';
import { sendFile } from '../send-file.ts';

const COUNT = 20;
const MOST = 1000;

export function suggestionRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.get('/inferences/:id/suggestions', async c =>
    c.json(await readSuggestions(ctx, c.req.param('id'), countOf(c.req.query('count')))),
  );

  routes.get('/inferences/:id/suggestions.slp', async c => {
    const { fileName, etag, file } = await openSuggestedSlp(ctx, c.req.param('id'), countOf(c.req.query('count')));
    return sendFile(c, {
      etag,
      type: 'application/x-hdf5',
      disposition: attachmentAs(besideVideo(fileName, 'suggestions.slp')),
      sizeBytes: file.sizeBytes,
      pieces: range => file.pieces(range),
    });
  });

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
