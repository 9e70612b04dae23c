/**
 * The built page in a real browser, for the tests of its views. Every page that is opened must reach nothing but its service and must not
 * complain; `look` keeps pictures of it where SCREENSHOTS names a folder.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openBrowser } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const DESK = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

interface PageOptions extends BrowserContextOptions {
  /** What a browser was told before: language, theme and other remembered choices. */
  remembered?: Record<string, string>;
  /** Complaints that the test brings about, such as a server that is away. */
  expectedComplaint?: RegExp;
}

export interface TestBrowser {
  /** @param address behind the service's own, such as `#/models`. */
  open(address: string, options?: PageOptions): Promise<Page>;
}

/** One browser a test file; each page has a context of its own, so that nothing is remembered from the test before. @param flags of Chromium. */
export function useBrowser(service: { readonly url: string }, ...flags: string[]): TestBrowser {
  let browser: Browser;
  let complaints: string[] = [];
  beforeAll(async () => {
    browser = await openBrowser(...flags);
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map(context => context.close()));
    const heard = complaints;
    complaints = [];
    expect(heard).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    async open(address, { remembered = {}, expectedComplaint, ...options } = {}) {
      const context = await browser.newContext({ viewport: DESK, locale: 'en', ...options });
      await context.addInitScript(choices => {
        for (const [name, value] of Object.entries(choices)) localStorage.setItem(name, value);
      }, remembered);
      const page = await context.newPage();
      const hear = (text: string) => {
        if (!expectedComplaint?.test(text)) complaints.push(text);
      };
      page.on('pageerror', error => hear(error.stack ?? error.message));
      page.on('console', message => message.type() === 'error' && hear(message.text()));
      page.on('request', request => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith('http') && origin !== new URL(service.url).origin) hear(`asked ${request.url()}`);
      });
      await page.goto(`${service.url}/${address}`);
      return page;
    },
  };
}

/** What axe finds wrong with the page as it is, one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
}

/** True when the page can be pushed sideways, as it must not on a phone. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Keeps pictures of a view in light and dark and at phone width, where SCREENSHOTS names a folder. */
export async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const size = page.viewportSize();
  for (const [kind, viewport, colorScheme] of [
    ['light', DESK, 'light'],
    ['dark', DESK, 'dark'],
    ['phone', PHONE, 'light'],
  ] as const) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(folder, `${name}-${kind}.png`), fullPage: true });
  }
  if (size) await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'light' });
}
