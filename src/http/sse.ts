/**
 * Server-sent events (WHATWG HTML §9.2) from an async generator, with a comment every 15 s so that proxies keep the line open, and a word
 * on how soon to come back once it is lost.
 */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { AppError } from '../errors.ts';
import { logger } from '../log.ts';

const HEARTBEAT_MS = 15_000;
/** A reader that lost the line connects again after this time. */
const RETRY_MS = 2000;
const log = logger('http.events');

interface SentEvent {
  event: string;
  /** Sent as JSON. */
  data: unknown;
  /** What a reader that reconnects sends back as Last-Event-ID. */
  id?: string;
}

export function streamEvents(c: Context, events: (signal: AbortSignal) => AsyncIterable<SentEvent>): Response {
  // nginx would keep events back until its buffer is full.
  c.header('X-Accel-Buffering', 'no');
  // Nobody reads the body of an answer to HEAD: a stream would wait for ever.
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
  return streamSSE(
    c,
    async stream => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const heartbeat = setInterval(() => void stream.write(': still here\n\n'), HEARTBEAT_MS);
      try {
        await stream.write(`retry: ${RETRY_MS}\n\n`);
        for await (const { event, data, id } of events(gone.signal)) {
          await stream.writeSSE({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) });
        }
      } finally {
        clearInterval(heartbeat);
      }
    },
    // The answer has begun: all that is left is to end it, and the reader connects again.
    async error => logBroken(error),
  );
}

/** What is told of may have been deleted meanwhile; the reader learns it when it connects again. */
export function logBroken(error: unknown): void {
  if (error instanceof AppError && error.code === 'not_found')
    log.info('A stream ended early: {why}', { why: error.message });
  else log.error('A stream broke: {error}', { error });
}
