/** Asking for the overlay of an inference, and watching or saving it. */
import { Hono } from 'hono';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { openOverlay, submitOverlay } from '../../service/overlays.ts';
import { besideVideo, inlineAs } from '../content-disposition.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { readJsonObject } from '../json-body.ts';
import { sendFile } from '../send-file.ts';

export function overlayRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.post('/inferences/:id/overlay', async c => {
    const { overlay_config: config, ...others } = await readJsonObject(c.req.raw, { mayBeEmpty: true });
    refuse(Object.keys(others));
    const idempotency = idempotencyOf(c, { overlay_config: config }, null);
    const { answer, replayed } = await submitOverlay(ctx, c.req.param('id'), config, idempotency);
    markReplayed(c, replayed);
    const { taskId } = answer;
    return c.json({ task_id: taskId }, 202, { Location: `/api/tasks/${taskId}` });
  });

  routes.get('/inferences/:id/overlay.mp4', async c => {
    const { fileName, ...content } = await openOverlay(ctx, c.req.param('id'));
    return sendFile(c, {
      ...content,
      type: 'video/mp4',
      disposition: inlineAs(besideVideo(fileName, 'overlay.mp4')),
    });
  });

  return routes;
}

/** Fields that were meant for overlay_config would have no effect otherwise. */
function refuse(members: string[]): void {
  if (members.length === 0) return;
  throw new AppError('invalid_request', `The body has members that are not known: ${members.join(', ')}.`, {
    remedy: 'Send {"overlay_config": {…}}, or no body at all.',
    errors: members.map(name => ({ pointer: `/${name}`, detail: 'is not known' })),
  });
}
