/** Asking for the overlay of an inference, and watching or saving it. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { submittedOverlaySchema } from '../../contract/submissions.ts';
import { AppError } from '../../errors.ts';
import { openOverlay, submitOverlay } from '../../service/overlays.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { overlayBody } from '../bodies.ts';
import { besideVideo, inlineAs } from '../content-disposition.ts';
import type { AppContext } from '../context.ts';
import { AS_A_FILE, storedFileAnswers, storedFileQuery } from '../file-answers.ts';
import { fileHeaders, submissionAnswered, submissionHeaders } from '../headers.ts';
import { idempotencyOf, markReplayed } from '../idempotency.ts';
import { readJsonObject } from '../json-body.ts';
import { inferenceParams } from '../params.ts';
import { awaitIfPreferred } from '../prefer.ts';
import { sendFile } from '../send-file.ts';
import { sentences } from '../sentences.ts';

const tags = ['inferences'];

export function overlayRoutes(ctx: AppContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(
    createRoute({
      ...{ method: 'post', path: '/inferences/{id}/overlay', operationId: 'makeOverlay', tags },
      summary: 'Draw what was found into the video',
      description: sentences(
        'An inference has one overlay.',
        'A new one replaces the old when it is finished, and no other can be asked for before.',
        'No body: all defaults.',
      ),
      request: { params: inferenceParams, headers: submissionHeaders, body: overlayBody },
      responses: {
        202: {
          ...json(submittedOverlaySchema, 'The overlay is queued; Location is its task.'),
          headers: submissionAnswered('Location'),
        },
        ...problems(
          ...(['not_json', 'invalid_request', 'not_found', 'inference_is_running', 'overlay_is_running'] as const),
          ...(['no_predictions', 'idempotency_key_reused'] as const),
        ),
      },
    }),
    async c => {
      const { overlay_config: config, ...others } = await readJsonObject(c.req.raw, { mayBeEmpty: true });
      refuse(Object.keys(others));
      const idempotency = idempotencyOf(c, { overlay_config: config }, null);
      const { answer, replayed } = await submitOverlay(ctx, c.req.valid('param').id, config, idempotency);
      markReplayed(c, replayed);
      const { taskId } = answer;
      c.header('Location', `/api/tasks/${taskId}`);
      return c.json({ task_id: taskId, ...(await awaitIfPreferred(ctx, c, taskId)) }, 202);
    },
  );

  routes.openapi(
    createRoute({
      ...{ method: 'get', path: '/inferences/{id}/overlay.mp4', operationId: 'downloadOverlay', tags },
      summary: 'The video with what was found',
      description: `The overlay that was finished last. ${AS_A_FILE}`,
      request: { params: inferenceParams, headers: fileHeaders, query: storedFileQuery },
      responses: {
        ...storedFileAnswers('The video.', 'video/mp4'),
        ...problems('not_found', 'range_not_satisfiable'),
      },
    }),
    async c => {
      const { fileName, ...content } = await openOverlay(ctx, c.req.valid('param').id);
      return sendFile(c, {
        ...content,
        type: 'video/mp4',
        disposition: inlineAs(besideVideo(fileName, 'overlay.mp4')),
      });
    },
  );

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
