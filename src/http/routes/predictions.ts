/** What an inference found, for programs: predictions.json and predictions.ndjson, streamed. */
import { Hono } from 'hono';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { type PredictionFormat, readPredictions } from '../../service/predictions.ts';
import { byteStream } from '../byte-stream.ts';

const TYPES: Record<PredictionFormat, string> = { json: 'application/json', ndjson: 'application/x-ndjson' };

export function predictionRoutes(ctx: ServiceContext): Hono {
  const routes = new Hono();
  for (const format of ['json', 'ndjson'] as const) {
    routes.get(`/inferences/:id/predictions.${format}`, async c => {
      const after = frameNumber(c.req.query('after'));
      const pieces = await readPredictions(ctx, c.req.param('id'), { format, after });
      c.header('Content-Type', TYPES[format]);
      // More may be there at the next call.
      c.header('Cache-Control', 'no-cache');
      return c.req.method === 'HEAD' ? c.body(null) : c.body(byteStream(encoded(pieces)));
    });
  }
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

async function* encoded(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}
