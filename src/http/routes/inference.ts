/** The two routes about inference that clients of the first service speak. */
import { Hono } from 'hono';
import { stream } from 'hono/streaming';
import { resultIdsSchema } from '../../contract/inference.ts';
import { AppError } from '../../errors.ts';
import { logger } from '../../log.ts';
import type { ServiceContext } from '../../service/context.ts';
import { inferenceResults } from '../../service/results.ts';
import { submitInference } from '../../service/submit.ts';
import { keepIfUsed } from '../../service/upload.ts';
import { type FileWanted, readUploadBody, requireUpload } from '../upload-body.ts';

const VIDEO: FileWanted = { kind: 'video', member: 'video_base64' };
/** Members of a submission that are not fields of inference_config. */
const OTHER_MEMBERS = ['model_uid', 'file_name', 'video_base64'];
const log = logger('http');

export function inferenceRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();

  routes.post('/video-inference', async c => {
    const body = await readUploadBody(ctx, c.req.raw, VIDEO);
    const { fields } = body;
    const video = await requireUpload(body, VIDEO).finish();
    const { resultsId, taskId } = await keepIfUsed(ctx, video, async () =>
      submitInference(ctx, {
        modelUid: textField(fields, 'model_uid'),
        fileName: textField(fields, 'file_name'),
        config: inferenceConfigOf(fields),
        video,
      }),
    );
    return c.json({ results_id: resultsId, task_id: taskId });
  });

  routes.get('/inference-results', async c => {
    const ids = resultIdsSchema.safeParse(c.req.query('ids') ?? '');
    if (!ids.success) {
      throw new AppError('invalid_request', `ids: ${ids.error.issues[0]!.message}.`, {
        remedy: 'Ask with ?ids=1,2 and the results_id of each video.',
      });
    }
    const pieces = await inferenceResults(ctx, ids.data);
    c.header('Content-Type', 'application/json');
    return stream(
      c,
      async out => {
        for await (const piece of pieces) await out.write(piece);
      },
      // The answer has begun: it ends here, and the client sees JSON cut short.
      async error => log.error('Sending inference results broke off: {error}', { error }),
    );
  });

  return routes;
}

/** A form may give inference_config as one JSON field, or its fields one by one. */
function inferenceConfigOf(fields: Record<string, unknown>): unknown {
  if ('inference_config' in fields) return fields.inference_config;
  const flat = Object.fromEntries(Object.entries(fields).filter(([name]) => !OTHER_MEMBERS.includes(name)));
  // The text of one frame reads as a number.
  return typeof flat.frames === 'number' ? { ...flat, frames: String(flat.frames) } : flat;
}

function textField(fields: Record<string, unknown>, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new AppError('invalid_request', `"${name}" is missing.`, {
    errors: [{ pointer: `/${name}`, detail: 'a text is required' }],
  });
}
