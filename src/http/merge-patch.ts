/**
 * The body of a PATCH: a JSON merge patch (RFC 7396), also taken as plain JSON. This runs before the body is checked against its description,
 * so that what is no JSON at all is refused in our words.
 */
import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import { readJsonObject } from './json-body.ts';

const MERGE_PATCH_TYPES = ['application/merge-patch+json', 'application/json'] as const;

/** @throws AppError unsupported_media_type; not_json; invalid_request. */
export const requireMergePatch: MiddlewareHandler = async (c, next) => {
  const [type = ''] = (c.req.header('content-type') ?? '').split(';');
  if (!(MERGE_PATCH_TYPES as readonly string[]).includes(type.trim().toLowerCase()))
    throw new AppError('unsupported_media_type', `Changes come as JSON, not as "${type.trim() || 'nothing'}".`, {
      remedy: `Send Content-Type: ${MERGE_PATCH_TYPES.join(' or ')}.`,
    });
  await readJsonObject(c.req);
  await next();
};
