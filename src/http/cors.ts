/**
 * Which pages of other origins may call the API from a browser (Fetch standard, CORS protocol): those of CORS_ORIGINS, none by default.
 *
 * A preflight carries no key, so it is answered before the key is asked for. A page sends its key as `Authorization: Bearer`; cookies play
 * no part, which is why credentials are not allowed and `*` is safe. OPTIONS without a preflight's header is left to the routes (tus has one).
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];

const TUS_REQUEST = ['Upload-Length', 'Upload-Offset', 'Upload-Metadata', 'Upload-Checksum', 'Upload-Defer-Length'];
const REQUEST_HEADERS = [
  ...['Authorization', 'Content-Type', 'Idempotency-Key', 'Prefer', 'If-Match', 'If-None-Match', 'If-Range', 'Range'],
  ...['Last-Event-ID', 'X-Request-Id', 'X-HTTP-Method-Override', 'Tus-Resumable', ...TUS_REQUEST],
];

const TUS_ANSWER = [
  ...['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Tus-Checksum-Algorithm'],
  ...['Upload-Offset', 'Upload-Length', 'Upload-Metadata', 'Upload-Expires', 'Upload-Defer-Length'],
];
const ANSWER_HEADERS = [
  ...['ETag', 'Location', 'Link', 'Accept-Ranges', 'Content-Range', 'Content-Length', 'Content-Disposition'],
  ...['Retry-After', 'X-Request-Id', 'Idempotency-Replayed', 'Preference-Applied', ...TUS_ANSWER],
];

/** How long a browser may keep the answer to a preflight; browsers cut it to what they allow (Chromium 2 h, Firefox 24 h). */
const PREFLIGHT_SECONDS = 7200;

/** @param origins such as https://lab.example; `*`: any; empty: none, and no header of this kind is ever sent. */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler {
  if (origins.length === 0) return (_, next) => next();
  const allow = cors({
    origin: origins.includes('*') ? '*' : [...origins],
    allowMethods: METHODS,
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  });
  return (c, next) => {
    const isPreflight = c.req.header('access-control-request-method') !== undefined;
    return c.req.method === 'OPTIONS' && !isPreflight ? next() : allow(c, next);
  };
}
