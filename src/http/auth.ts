/**
 * Access by key, on when API_KEYS is set. A request brings `Authorization: Bearer KEY`, or Basic with the key as password, or the cookie of a
 * sign-in (session-cookie.ts), which is what the page's event streams, pictures and downloads have: they cannot send a header.
 *
 * Open to all are health, for load balancers, the sign-in itself, and the files of the page, which hold no data. Everything else is closed,
 * /docs and paths that nothing answers included: what is added later is closed until somebody opens it here.
 */
import type { Context, HonoRequest, MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { AppError } from '../errors.ts';
import { logger } from '../log.ts';
import { isAskedByPage, isOfAnotherOrigin } from './fetch-metadata.ts';
import { hasSession } from './session-cookie.ts';

const OPEN_PATHS = ['/healthz', '/readyz', '/api/session'];
/** What vite makes of web/, but for docs/. */
const PAGE_FILES = /^\/(index\.html|icon\.svg|assets\/.+)?$/;
const REALM = 'realm="sleap-microservice"';
const log = logger('access');

/** By what a request is let in; `elsewhere`: a good cookie, which a page of another origin makes the browser send. */
type Admission = 'key' | 'session' | 'elsewhere' | 'none';

export function requireKey(keys: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    if (keys.length === 0 || isOpen(c.req)) return next();
    const admission = await admissionOf(c, keys);
    if (admission === 'key') return next();
    if (admission === 'none') {
      challenge(c);
      throw keyNeeded();
    }
    if (admission === 'elsewhere') {
      // Nobody is to be asked for a key in the name of another page.
      challenge(c, { mayPrompt: false });
      throw ofAnotherOrigin();
    }
    await next();
    // Unlike an answer to Authorization, one to a cookie may be kept by a cache that many share (RFC 9111 §3.5).
    if (!c.res.headers.has('cache-control')) c.header('Cache-Control', 'private');
  };
}

/** By what the request would be let in where a key is needed. */
export async function admissionOf(c: Context, keys: readonly string[]): Promise<Admission> {
  const given = keyOf(c.req.header('authorization') ?? '');
  if (given !== '' && (await matchingKey(c, keys, given)) !== undefined) return 'key';
  if (!(await hasSession(c, keys))) return 'none';
  return isOfAnotherOrigin(c.req) ? 'elsewhere' : 'session';
}

/** The one of the keys that was given, compared in constant time. A wrong one gets a line in the log, which does not tell it. */
export async function matchingKey(c: Context, keys: readonly string[], given: string): Promise<string | undefined> {
  const matches = await Promise.all(keys.map(key => timingSafeEqual(key, given)));
  const key = keys[matches.indexOf(true)];
  if (key === undefined) {
    const { method, path } = c.req;
    log.warning('{method} {path} came with a wrong key, request {request}', {
      method,
      path,
      request: c.get('requestId'),
    });
  }
  return key;
}

/** Says in the answer how to send a key. `Basic` makes a browser ask for it, over whatever the page shows: only where there is no page to ask. */
export function challenge(c: Context, { mayPrompt = !isAskedByPage(c.req) } = {}): void {
  c.header('WWW-Authenticate', mayPrompt ? `Basic ${REALM}, charset="UTF-8"` : `Bearer ${REALM}`);
}

function isOpen({ method, path }: HonoRequest): boolean {
  return OPEN_PATHS.includes(path) || ((method === 'GET' || method === 'HEAD') && PAGE_FILES.test(path));
}

function keyNeeded(): AppError {
  return new AppError('unauthorized', 'A key is needed.', {
    remedy: 'Send Authorization: Bearer KEY with a key of API_KEYS.',
  });
}

function ofAnotherOrigin(): AppError {
  return new AppError('unauthorized', "A sign-in counts for the service's own page only.", {
    remedy:
      'Pages of other origins send Authorization: Bearer KEY. If this is its own page, the proxy in between has to pass on Host or X-Forwarded-Host.',
  });
}

function keyOf(header: string): string {
  const [, scheme = '', value = ''] = /^(\S+) +(.*)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  try {
    const credentials = atob(value);
    return credentials.slice(credentials.indexOf(':') + 1);
  } catch {
    return ''; // not base64, so no key
  }
}
