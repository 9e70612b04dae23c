/** Signing in, without a database behind it; what a signed-in page then reads is in page-access.test.ts. */
import { createHmac } from 'node:crypto';
import { configure, type LogRecord, reset } from '@logtape/logtape';
import { afterEach, describe, expect, it } from 'vitest';
import { SESSION_SECONDS } from '../../src/http/session-cookie.ts';
import { appAlone } from '../support/app.ts';

type App = ReturnType<typeof appAlone>;
const app = appAlone({ API_KEYS: 'first, second', CORS_ORIGINS: 'https://lab.example' });
/** Asks for a key and for nothing else. */
const CLOSED = '/openapi.json';

const signIn = (key: unknown, { on = app, url = '/api/session', headers = {} }: Partial<Sent> = {}) =>
  on.request(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ key }),
  });
interface Sent {
  on: App;
  url: string;
  headers: Record<string, string>;
}
const cookieOf = (answer: Response) => answer.headers.get('set-cookie')!.split(';')[0]!;
const statusWith = async (cookie: string, headers: Record<string, string> = {}, on = app) =>
  (await on.request(CLOSED, { headers: { Cookie: cookie, ...headers } })).status;
const stand = async (headers: Record<string, string> = {}, on = app) =>
  (await on.request('/api/session', { headers })).json();

/** The value as the decision record describes it, made by other means. */
function cookieValue(key: string, expirySeconds: number): string {
  const signature = createHmac('sha256', key).update(`sleap-microservice session ${expirySeconds}`).digest('base64url');
  return `${expirySeconds}.${signature}`;
}
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

describe('POST /api/session', () => {
  it('gives a cookie for any of the keys, which then does in place of the key', async () => {
    for (const key of ['first', 'second', ' second\n']) {
      const answer = await signIn(key);
      expect(answer.status).toBe(204);
      expect(await statusWith(cookieOf(answer))).toBe(200);
    }
  });

  it('the cookie is kept for 30 days from scripts and from other sites, and does not tell the key', async () => {
    const sent = (await signIn('first')).headers.get('set-cookie')!;
    const [pair, ...attributes] = sent.split('; ');
    expect(attributes.toSorted()).toEqual(['HttpOnly', `Max-Age=${30 * 24 * 3600}`, 'Path=/', 'SameSite=Strict']);
    const [name, value] = pair!.split('=');
    const expiry = Number(value!.split('.')[0]);
    expect(Math.abs(expiry - inSeconds(SESSION_SECONDS))).toBeLessThan(60);
    expect(value).toBe(cookieValue('first', expiry));
    expect(name).toMatch(/^sleap_session_[\w-]{8}$/);
  });

  it('over https, be it to a proxy, the cookie is never sent in the clear', async () => {
    const answers = [
      await signIn('first', { url: 'https://sleap.lab.example/api/session' }),
      await signIn('first', { headers: { 'X-Forwarded-Proto': 'https, http' } }),
    ];
    for (const answer of answers) expect(answer.headers.get('set-cookie')).toContain('; Secure');
    const clear = await signIn('first', { headers: { 'X-Forwarded-Proto': 'http' } });
    expect(clear.headers.get('set-cookie')).not.toContain('Secure');
  });

  it('refuses a wrong key with a sentence for a person and no cookie', async () => {
    for (const wrong of ['third', 'firs', 'first, second', 'FIRST']) {
      const answer = await signIn(wrong);
      expect([answer.status, answer.headers.get('set-cookie')], wrong).toEqual([401, null]);
      expect(await answer.json()).toMatchObject({ error: 'unauthorized', remedy: expect.stringContaining('letters') });
    }
  });

  it('refuses what is no key before it reads much of it', async () => {
    expect((await signIn('')).status).toBe(400);
    expect((await signIn(7)).status).toBe(400);
    const long = await signIn('k'.repeat(20_000));
    expect([long.status, await long.json()]).toEqual([413, expect.objectContaining({ error: 'payload_too_large' })]);
    // A form of another site could send this without asking first.
    expect((await signIn('first', { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
  });
});

describe('the cookie of a sign-in', () => {
  const named = async (value: string) => `${cookieOf(await signIn('first')).split('=')[0]}=${value}`;

  it('counts until its time has run out', async () => {
    expect(await statusWith(await named(cookieValue('first', inSeconds(60))))).toBe(200);
    expect(await statusWith(await named(cookieValue('first', inSeconds(-1))))).toBe(401);
  });

  it('counts as it was given only: with a later expiry, another signature or another key it does not', async () => {
    const expiry = inSeconds(60);
    const [, signature] = cookieValue('first', expiry).split('.');
    const wrong = [
      ...['', '.', 'first', `${expiry}`, `${expiry}.`, `.${signature}`, `${expiry + 1}.${signature}`],
      ...[`${expiry}.${'A'.repeat(43)}`, `${expiry}.${signature}A`, `${expiry}.${'*'.repeat(43)}`, `1e12.${signature}`],
      ...[cookieValue('second', expiry), cookieValue('third', expiry)],
    ];
    for (const value of wrong) expect(await statusWith(await named(value)), value).toBe(401);
    expect(await statusWith(`sleap_session_=${cookieValue('first', expiry)}`)).toBe(401);
  });

  it('ends when its key is taken out of API_KEYS, and no other does', async () => {
    const [first, second] = [cookieOf(await signIn('first')), cookieOf(await signIn('second'))];
    const later = appAlone({ API_KEYS: 'second, third' });
    expect(await statusWith(first, {}, later)).toBe(401);
    expect(await statusWith(second, {}, later)).toBe(200);
  });

  it('of another service on the same host stands beside it', async () => {
    const other = cookieOf(await signIn('other', { on: appAlone({ API_KEYS: 'other' }) }));
    const own = cookieOf(await signIn('first'));
    expect(other.split('=')[0]).not.toBe(own.split('=')[0]);
    expect(await statusWith(`${other}; ${own}`)).toBe(200);
    expect(await statusWith(other)).toBe(401);
  });

  it.each([
    ['a page of another port', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:8888' }],
    ['a picture in a page of another port', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors' }],
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a page of another port, by plain http', { Origin: 'http://localhost:8888' }],
    ['a page without an origin', { Origin: 'null' }],
    ['a page of CORS_ORIGINS', { Origin: 'https://lab.example' }],
  ])('does not count for %s, which is told to send a key', async (_, headers) => {
    const cookie = cookieOf(await signIn('first'));
    const answer = await app.request(CLOSED, { headers: { Cookie: cookie, ...(headers as Record<string, string>) } });
    expect([answer.status, (await answer.json()).remedy]).toEqual([401, expect.stringContaining('Bearer')]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/); // a key is not to be asked for in its name
    expect(await stand({ Cookie: cookie, ...(headers as Record<string, string>) })).toMatchObject({ signed_in: false });
    expect(await statusWith(cookie, { ...headers, Authorization: 'Bearer second' })).toBe(200);
  });

  it('counts for the own page, for an address or a link that a person opens, and behind a proxy', async () => {
    const cookie = cookieOf(await signIn('first'));
    expect(await statusWith(cookie, { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost' })).toBe(200);
    expect(await statusWith(cookie, { 'Sec-Fetch-Site': 'none' })).toBe(200);
    expect(await statusWith(cookie, { Origin: 'http://localhost' })).toBe(200);
    const followed = { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'navigate' };
    expect(await statusWith(cookie, followed)).toBe(200);
    const form = { method: 'POST', headers: { Cookie: cookie, ...followed } };
    expect((await app.request('/api/stop-training', form)).status).toBe(401);
    const proxied = { Origin: 'http://sleap.lab', 'X-Forwarded-Host': 'sleap.lab' };
    expect(await statusWith(cookie, proxied)).toBe(200);
  });

  it('keeps answers out of caches that many share, as a key does by itself', async () => {
    const ask = (headers: Record<string, string>) => app.request(CLOSED, { headers });
    expect((await ask({ Cookie: cookieOf(await signIn('first')) })).headers.get('cache-control')).toBe('private');
    expect((await ask({ Authorization: 'Bearer first' })).headers.get('cache-control')).toBeNull();
  });
});

describe('DELETE /api/session', () => {
  it('makes the browser forget the cookie', async () => {
    const cookie = cookieOf(await signIn('first'));
    const answer = await app.request('/api/session', { method: 'DELETE', headers: { Cookie: cookie } });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')!.split('; ').toSorted()).toEqual(
      [`${cookie.split('=')[0]}=`, 'HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Strict'].toSorted(),
    );
  });

  it('tells nobody else the names of cookies, which belong to the keys', async () => {
    const answer = await app.request('/api/session', {
      method: 'DELETE',
      headers: { Cookie: 'sleap_session_AAAAAAAA=1' },
    });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([204, null]);
  });
});

describe('GET /api/session', () => {
  it('says whether a key is needed and whether there is one, and nothing else', async () => {
    expect(await stand()).toEqual({ key_needed: true, signed_in: false });
    expect(await stand({ Cookie: cookieOf(await signIn('second')) })).toEqual({ key_needed: true, signed_in: true });
    expect(await stand({ Authorization: 'Bearer first' })).toEqual({ key_needed: true, signed_in: true });
    expect(await stand({ Authorization: 'Bearer third' })).toEqual({ key_needed: true, signed_in: false });
    expect((await app.request('/api/session')).headers.get('cache-control')).toBe('no-store');
  });

  it('where no key is needed nobody has to sign in, and who does gets no cookie', async () => {
    const open = appAlone();
    expect(await stand({}, open)).toEqual({ key_needed: false, signed_in: false });
    const answer = await signIn('any', { on: open });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([204, null]);
  });
});

describe('the log', () => {
  const lines: LogRecord[] = [];
  afterEach(() => reset());

  it('tells of a wrong key, however it was sent, without telling the key', async () => {
    await configure({
      reset: true,
      sinks: { kept: record => void lines.push(record) },
      loggers: [
        { category: ['sleap', 'access'], lowestLevel: 'debug', sinks: ['kept'] },
        { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['kept'] },
      ],
    });
    await signIn('wrong-one');
    await app.request(CLOSED, { headers: { Authorization: 'Bearer wrong-two' } });
    await app.request(CLOSED); // no key is not a wrong one
    await signIn('first');
    expect(lines.map(({ level, properties }) => [level, properties.method, properties.path])).toEqual([
      ['warning', 'POST', '/api/session'],
      ['warning', 'GET', CLOSED],
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/wrong-/);
  });
});
