/** The page that shows the API (/docs) in a real browser that reaches nothing but the service. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appToDescribe } from '../../src/serve/write-openapi.ts';
import { sharedBrowser } from '../support/chromium.ts';

/** Built by test/support/built-page.ts. */
const PAGE_FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
let server: Server;
let browser: Browser;
let url: string;

beforeAll(async () => {
  browser = await sharedBrowser();
  const { fetch } = appToDescribe(serveStatic({ root: PAGE_FOLDER }));
  server = await new Promise<Server>(resolve => {
    const starting = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(starting)) as Server;
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server?.close();
});

it('shows the operations and their examples, and asks nobody else for anything', async () => {
  const page = await browser.newPage();
  const asked: string[] = [];
  page.on('request', request => asked.push(request.url()));
  const complaints: string[] = [];
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(error.message));
  // As without a network: whatever is not the service's fails.
  await page.route(
    address => address.origin !== url,
    route => route.abort(),
  );

  await page.goto(`${url}/docs`);
  await page.getByText('Where a task stands').click();
  await page.getByText('The task_id of a submission.').waitFor();
  await page.getByText('"stopped_early"').first().waitFor();
  expect(await (await fetch(`${url}/docs/`)).text()).toContain('<main id="api">');

  const foreign = asked.filter(address => !address.startsWith(`${url}/`) && !address.startsWith('data:'));
  expect(foreign).toEqual([]);
  expect(asked).toContain(`${url}/openapi.json`);
  expect(complaints).toEqual([]);
  await page.context().close();
});
