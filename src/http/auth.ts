/**
 * Access by key, on when API_KEYS is set: `Authorization: Bearer KEY`, or Basic with the key as password, which is what a browser asks
 * for and then sends with the page's own requests and event streams. Health routes stay open for load balancers.
 */
import type { MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { AppError } from '../errors.ts';

const OPEN_PATHS = ['/healthz', '/readyz'];

export function requireKey(keys: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    if (keys.length > 0 && !OPEN_PATHS.includes(c.req.path)) {
      const given = keyOf(c.req.header('authorization') ?? '');
      const matches = await Promise.all(keys.map(key => timingSafeEqual(key, given)));
      if (!matches.includes(true)) {
        c.header('WWW-Authenticate', 'Basic realm="sleap-microservice", charset="UTF-8"');
        throw new AppError('unauthorized', 'A key is needed.', {
          remedy: 'Send Authorization: Bearer KEY with a key of API_KEYS.',
        });
      }
    }
    await next();
  };
}

function keyOf(header: string): string {
  const [scheme = '', value = ''] = header.split(' ');
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  try {
    const credentials = atob(value);
    return credentials.slice(credentials.indexOf(':') + 1);
  } catch {
    return ''; // not base64, so no key
  }
}
