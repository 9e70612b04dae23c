/**
 * Signing in for a page: a key against a cookie. Open to all, so a body is cut off where no key is that long, and nothing is told but whether
 * a key is needed and whether this request has one. Programs send their key with each request and need none of it.
 */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { sessionSchema, signInSchema } from '../../contract/session.ts';
import { AppError } from '../../errors.ts';
import type { ServiceContext } from '../../service/context.ts';
import { json, problems } from '../answers.ts';
import { apiRoutes } from '../api-routes.ts';
import { admissionOf, challenge, matchingKey } from '../auth.ts';
import { beginSession, endSessions } from '../session-cookie.ts';

const MOST_BODY_BYTES = 16 * 1024;

const open = { path: '/session', tags: ['access'], security: [] };
const cookie = { 'Set-Cookie': { description: 'The session.', schema: { type: 'string' as const } } };
/** Of what needs no key. */
const { 500: internal } = problems();

const signIn = createRoute({
  ...{ ...open, method: 'post', operationId: 'signIn' },
  summary: 'Sign a browser in',
  description:
    'For pages whose event streams, pictures and downloads cannot send a header: the cookie does for 30 days, or until the key is taken out of API_KEYS. ' +
    'It counts for the page of this origin only. Where no key is needed any is taken, and there is no cookie.',
  request: { body: { required: true, content: { 'application/json': { schema: signInSchema } } } },
  responses: {
    204: { description: 'The key is right.', headers: cookie },
    ...problems('invalid_request', 'not_json', 'unsupported_media_type', 'payload_too_large'),
  },
  middleware: bodyLimit({
    maxSize: MOST_BODY_BYTES,
    onError: () => {
      throw new AppError('payload_too_large', `A sign-in takes at most ${MOST_BODY_BYTES} bytes.`, {
        remedy: 'Send the key alone.',
      });
    },
  }),
});

const signOut = createRoute({
  ...{ ...open, method: 'delete', operationId: 'signOut' },
  summary: 'Sign a browser out',
  description: 'The browser forgets the cookie.',
  responses: { 204: { description: 'It is gone.', headers: cookie }, 500: internal! },
});

const read = createRoute({
  ...{ ...open, method: 'get', operationId: 'readSession' },
  summary: 'Whether a key is needed, and there is one',
  responses: { 200: json(sessionSchema, 'Where the page stands.'), 500: internal! },
});

export function sessionRoutes({ config: { API_KEYS: keys } }: ServiceContext): OpenAPIHono {
  const routes = apiRoutes();

  routes.openapi(signIn, async c => {
    if (keys.length === 0) return c.body(null, 204);
    const key = await matchingKey(c, keys, c.req.valid('json').key);
    if (key === undefined) {
      challenge(c);
      throw new AppError('unauthorized', 'This is no key of the service.', {
        remedy: 'Look at it again, capital and small letters differ; whoever runs the service gives out keys.',
      });
    }
    await beginSession(c, key);
    return c.body(null, 204);
  });
  routes.openapi(signOut, async c => {
    await endSessions(c, keys);
    return c.body(null, 204);
  });
  routes.openapi(read, async c => {
    const keyNeeded = keys.length > 0;
    const admission = keyNeeded ? await admissionOf(c, keys) : 'none';
    c.header('Cache-Control', 'no-store');
    return c.json({ key_needed: keyNeeded, signed_in: admission === 'key' || admission === 'session' }, 200);
  });

  return routes;
}
