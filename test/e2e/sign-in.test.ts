/**
 * Signing in as a real browser does it: on the service's own machine, where it sends Fetch Metadata, and by plain http from another one, where it
 * does not. The form belongs to the page; here scripts do what it does.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { sharedBrowser } from '../support/chromium.ts';
import { useDatabase } from '../support/database.ts';

const KEY = 'key-of-a-lab';
/** This machine, too (test/support/chromium.ts). */
const LAB_PC = 'lab-pc.test';
const database = useDatabase();
const api = useApi(database, { API_KEYS: KEY });
let browser: Browser;
let neighbour: Server;

beforeAll(async () => {
  browser = await sharedBrowser();
  neighbour = createServer((_, answer) =>
    answer.setHeader('Content-Type', 'text/html').end('<title>a notebook</title>'),
  );
  await new Promise<void>(resolve => neighbour.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  neighbour?.close();
});

/** Addresses for which the browser would prompt; the prompt is closed at once. */
async function watchPrompts(page: Page): Promise<string[]> {
  const prompts: string[] = [];
  const cdp = await page.context().newCDPSession(page);
  cdp.on('Fetch.requestPaused', ({ requestId }) => cdp.send('Fetch.continueRequest', { requestId }).catch(() => {})); // a page that was left
  cdp.on('Fetch.authRequired', ({ requestId, request }) => {
    prompts.push(new URL(request.url).pathname);
    return cdp.send('Fetch.continueWithAuth', { requestId, authChallengeResponse: { response: 'CancelAuth' } });
  });
  await cdp.send('Fetch.enable', { handleAuthRequests: true, patterns: [{ urlPattern: '*' }] });
  return prompts;
}

const statusOf = (page: Page, path: string, init: RequestInit = {}) =>
  page.evaluate(async ([to, how]) => (await fetch(to, how)).status, [path, init] as const);
const signIn = (page: Page, key: string) =>
  statusOf(page, '/api/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ key }),
  });
/** Whether an event stream opens. */
const follows = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<boolean>(resolve => {
        const stream = new EventSource('/api/models/events');
        const settle = (opened: boolean) => {
          stream.close();
          resolve(opened);
        };
        stream.onopen = () => settle(true);
        stream.onerror = () => settle(false);
      }),
  );
/** Ends once the picture has failed. */
const asksForPicture = (page: Page) =>
  page.evaluate(() =>
    new Promise(resolve => {
      Object.assign(new Image(), { onerror: resolve, src: '/api/datasets/checks/0/samples/0.png' });
    }).then(() => {}),
  );

describe.each([
  ['on its own machine', '127.0.0.1'],
  ['by plain http from another', LAB_PC],
])('%s', (_, host) => {
  let context: BrowserContext;
  let page: Page;
  let prompts: string[];
  const at = (server: { port: string | number }) => `http://${host}:${server.port}`;
  const own = () => at(new URL(api.url));

  beforeAll(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    prompts = await watchPrompts(page);
  });
  afterAll(() => context?.close());

  it('the page opens without a key, and no prompt covers it whatever it asks for', async () => {
    expect((await page.goto(`${own()}/`))?.status()).toBe(200);
    expect(await page.title()).not.toBe('');
    expect(await statusOf(page, '/api/models')).toBe(401);
    expect(await follows(page)).toBe(false);
    await asksForPicture(page);
    expect(await signIn(page, 'another')).toBe(401);
    expect(prompts).toEqual([]);
  });

  it('a person who opens /docs is asked by the browser', async () => {
    expect((await page.goto(`${own()}/docs`))?.status()).toBe(401);
    expect(prompts.splice(0)).toEqual(['/docs']);
  });

  it('signed in, streams and downloads work without a header, and scripts do not see the cookie', async () => {
    await page.goto(`${own()}/`);
    expect(await signIn(page, KEY)).toBe(204);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    expect(await statusOf(page, '/api/models')).toBe(200);
    expect(await statusOf(page, '/api/uploads', { method: 'POST', body: 'a file' })).toBe(201);
    expect(await follows(page)).toBe(true);
    const download = page.waitForEvent('download');
    await page.evaluate(() => {
      const link = document.createElement('a');
      Object.assign(link, { href: '/openapi.json', download: '' }).click();
    });
    expect(await (await download).failure()).toBeNull();
    expect(prompts).toEqual([]);
  });

  it('a page of another port cannot do anything with it, though the browser sends the cookie', async () => {
    const other = await context.newPage();
    await other.goto(at(neighbour.address() as AddressInfo));
    await Promise.all([
      other.waitForURL(`${own()}/api/uploads`),
      other.evaluate(action => {
        const form = Object.assign(document.createElement('form'), { action, method: 'post', enctype: 'text/plain' });
        document.body.append(form);
        form.submit();
      }, `${own()}/api/uploads`),
    ]);
    // Without the cookie the answer would say that a key is needed.
    expect(await other.textContent('body')).toContain("A sign-in counts for the service's own page only.");
    await other.close();
  });

  it('signed out, nothing is open any more', async () => {
    expect(await statusOf(page, '/api/session', { method: 'DELETE' })).toBe(204);
    expect(await context.cookies()).toEqual([]);
    expect(await statusOf(page, '/api/models')).toBe(401);
    expect(await follows(page)).toBe(false);
    expect(prompts).toEqual([]);
  });
});
