/** Server-sent events (WHATWG HTML §9.2) from an async generator, with a comment every 15 s so that proxies keep the line open. */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { logger } from '../log.ts';

const HEARTBEAT_MS = 15_000;
const log = logger('http.events');

/** @param idOf the event's id, which a reader that reconnects sends back as Last-Event-ID. */
export function streamEvents<E extends { event: string; data: unknown }>(
  c: Context,
  events: (signal: AbortSignal) => AsyncIterable<E>,
  idOf: (event: E) => string | null = () => null,
): Response {
  return streamSSE(
    c,
    async stream => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const heartbeat = setInterval(() => void stream.write(': still here\n\n'), HEARTBEAT_MS);
      try {
        for await (const event of events(gone.signal)) {
          const id = idOf(event);
          await stream.writeSSE({
            event: event.event,
            data: JSON.stringify(event.data),
            ...(id === null ? {} : { id }),
          });
        }
      } finally {
        clearInterval(heartbeat);
      }
    },
    // The answer has begun: all that is left is to end it, and the reader connects again.
    async error => log.error('An event stream broke: {error}', { error }),
  );
}
