/** Asking for the overlay of an inference, and watching or saving it. */
import { Hono } from 'hono';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { openOverlay, submitOverlay } from '../../service/overlays.ts';
import { contentRange, parseByteRange } from '../byte-range.ts';
import { byteStream } from '../byte-stream.ts';
import { inlineAs } from '../content-disposition.ts';
import { isKnown, mayContinue } from '../entity-tag.ts';
import { readJsonObject } from '../json-body.ts';

const MOST_NAME_CHARS = 200;

export function overlayRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.post('/inferences/:id/overlay', async c => {
    const { overlay_config: config, ...others } = await readJsonObject(c.req.raw, { mayBeEmpty: true });
    refuse(Object.keys(others));
    const taskId = await submitOverlay(ctx, c.req.param('id'), config);
    return c.json({ task_id: taskId }, 202, { Location: `/api/tasks/${taskId}` });
  });

  routes.get('/inferences/:id/overlay.mp4', async c => {
    const { fileName, etag, sizeBytes, pieces } = await openOverlay(ctx, c.req.param('id'));
    const isHead = c.req.method === 'HEAD';
    c.header('ETag', etag);
    // The next overlay has the same address.
    c.header('Cache-Control', 'no-cache');
    c.header('Accept-Ranges', 'bytes');
    if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304);
    const asked = !isHead && mayContinue(c.req.header('if-range'), etag) ? c.req.header('range') : undefined;
    const range = parseByteRange(asked, sizeBytes);
    if (range !== null) c.header('Content-Range', contentRange(range, sizeBytes));
    if (range === 'unsatisfiable')
      throw new AppError('range_not_satisfiable', `The overlay has ${sizeBytes} bytes; none of them was asked for.`);
    c.header('Content-Type', 'video/mp4');
    c.header('Content-Length', String(range ? range.last - range.first + 1 : sizeBytes));
    c.header('Content-Disposition', inlineAs(overlayName(fileName)));
    if (isHead) return c.body(null);
    return c.body(byteStream(pieces(range ?? undefined)), range ? 206 : 200);
  });

  return routes;
}

/** `mouse 1.avi` -> `mouse 1.overlay.mp4`: saved beside the video it does not replace it. Cut, since headers have a limit. */
function overlayName(fileName: string): string {
  return `${fileName.replace(/\.\w{1,5}$/, '').slice(0, MOST_NAME_CHARS)}.overlay.mp4`;
}

/** Fields that were meant for overlay_config would have no effect otherwise. */
function refuse(members: string[]): void {
  if (members.length === 0) return;
  throw new AppError('invalid_request', `The body has members that are not known: ${members.join(', ')}.`, {
    remedy: 'Send {"overlay_config": {…}}, or no body at all.',
    errors: members.map(name => ({ pointer: `/${name}`, detail: 'is not known' })),
  });
}
