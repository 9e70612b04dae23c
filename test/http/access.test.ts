import { describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';

describe('with API_KEYS', () => {
  const database = useDatabase();
  const api = useApi(database, { API_KEYS: 'first, second, one of several words' });
  const as = (authorization: string) => api.get('/api/models', { headers: { Authorization: authorization } });

  it('a request without a key is 401 and says what to send', async () => {
    const response = await api.get('/api/models');
    expect(response.status).toBe(401);
    // fetch of Node says Sec-Fetch-Mode: cors, as a page does; who is asked by Basic is in page-access.test.ts.
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
    expect(await response.json()).toMatchObject({ error: 'unauthorized', remedy: expect.stringContaining('Bearer') });
  });

  it('any of the keys is taken, as Bearer token or as Basic password, and no other', async () => {
    expect((await as('Bearer first')).status).toBe(200);
    expect((await as('bearer second')).status).toBe(200);
    expect((await as('Bearer one of several words')).status).toBe(200);
    expect((await as(`Basic ${btoa('anyone:second')}`)).status).toBe(200);
    for (const wrong of [
      'Bearer',
      'Bearer third',
      'Bearer firs',
      `Basic ${btoa('first:')}`,
      'Basic ***',
      'first',
      'Bearer one',
    ]) {
      expect((await as(wrong)).status, wrong).toBe(401);
    }
  });

  it('health routes stay open', async () => {
    for (const path of ['/healthz', '/readyz']) expect((await api.get(path)).status, path).toBe(200);
  });
});

describe('without API_KEYS', () => {
  const database = useDatabase();
  const api = useApi(database);

  it('answers a route that does not exist with a problem, not with the page', async () => {
    const response = await api.get('/api/nothing');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, error: 'not_found', instance: '/api/nothing' });
  });

  it('gives every answer a request id', async () => {
    expect((await api.get('/healthz')).headers.get('x-request-id')).toBeTruthy();
  });
});
