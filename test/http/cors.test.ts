/** Pages of other origins, as browsers speak for them (Fetch standard, CORS protocol). */
import { describe, expect, it } from 'vitest';
import { appAlone } from '../support/app.ts';

const LAB = 'https://lab.example';
const app = appAlone({ CORS_ORIGINS: `${LAB}, https://other.example`, API_KEYS: 'secret' });

const preflight = (origin: string, on = app, path = '/api/train-network') =>
  on.request(path, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
    },
  });
const listOf = (response: Response, header: string) =>
  (response.headers.get(header) ?? '').split(',').map(name => name.trim().toLowerCase());

describe('with CORS_ORIGINS', () => {
  it.each([LAB, 'https://other.example'])('a preflight of %s is answered, though it carries no key', async origin => {
    const response = await preflight(origin);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
    expect(listOf(response, 'access-control-allow-methods')).toEqual(
      expect.arrayContaining(['get', 'head', 'post', 'patch', 'delete']),
    );
    expect(listOf(response, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining([
        ...['authorization', 'content-type', 'idempotency-key', 'prefer', 'if-none-match', 'range', 'last-event-id'],
        ...['tus-resumable', 'upload-length', 'upload-offset', 'upload-metadata', 'upload-checksum'],
        'upload-defer-length',
      ]),
    );
    expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0);
    expect(listOf(response, 'vary')).toContain('origin');
  });

  it('an answer may be read by its page, the headers that matter included, and so may an error', async () => {
    const headers = { Origin: LAB, Authorization: 'Bearer secret' };
    const answers = await Promise.all([
      app.request('/openapi.json', { headers }),
      app.request('/api/nothing', { headers }),
      app.request('/api/models', { headers: { Origin: LAB } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 401]);
    for (const answer of answers) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(LAB);
      expect(listOf(answer, 'vary')).toContain('origin');
      expect(listOf(answer, 'access-control-expose-headers')).toEqual(
        expect.arrayContaining([
          ...['etag', 'location', 'link', 'content-range', 'content-disposition', 'retry-after', 'x-request-id'],
          ...['idempotency-replayed', 'preference-applied', 'tus-resumable', 'upload-offset', 'upload-expires'],
        ]),
      );
    }
  });

  it.each(['https://evil.example', 'http://lab.example', 'https://lab.example.evil.example', 'null'])(
    'a page of %s gets no leave',
    async origin => {
      const headers = { Origin: origin, Authorization: 'Bearer secret' };
      for (const answer of [await preflight(origin), await app.request('/openapi.json', { headers })])
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('OPTIONS that is no preflight is left to the routes and needs a key', async () => {
    const response = await app.request('/api/train-network', { method: 'OPTIONS', headers: { Origin: LAB } });
    expect(response.status).toBe(401);
  });
});

describe('with CORS_ORIGINS=*', () => {
  it('any page may call, but never with cookies', async () => {
    const open = appAlone({ CORS_ORIGINS: '*' });
    const headers = { Origin: 'https://anyone.example' };
    for (const answer of [await preflight(headers.Origin, open), await open.request('/openapi.json', { headers })]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });
});

describe('without CORS_ORIGINS', () => {
  it('no header of this kind is sent, and a preflight is no route', async () => {
    const closed = appAlone();
    const answers = [await preflight(LAB, closed), await closed.request('/openapi.json', { headers: { Origin: LAB } })];
    expect(answers.map(({ status }) => status)).toEqual([404, 200]);
    for (const { headers } of answers)
      expect([...headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([]);
  });
});
