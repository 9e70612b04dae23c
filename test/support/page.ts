/**
 * The built page in a real browser, for the tests of its views. Every page that is opened must reach nothing but its service and must not
 * complain; `look` keeps pictures of it where SCREENSHOTS names a folder.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, beforeAll, chai, expect } from 'vitest';
import { sharedBrowser } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A list of complaints or faults is to be read whole where it fails a test, not as `[ Array(1) ]`. */
chai.config.truncateThreshold = 0;

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

/** Of a context, and not to be changed later; pages are kept by them. */
const contextKey = ({ locale, acceptDownloads }: BrowserContextOptions) => JSON.stringify([locale, acceptDownloads]);

/** Pages that no test uses now, by browser and context. */
const idle = new WeakMap<Browser, Map<string, Page[]>>();

/**
 * Pages for a test file. A new context and its renderer cost a second of CPU before anything is shown, so tests use the same pages one after
 * another: each begins at a document of its own, with nothing remembered from the test before. @param flags of Chromium.
 */
export function useBrowser(service: { readonly url: string }, ...flags: string[]): TestBrowser {
  let browser: Browser;
  let complaints: string[] = [];
  let used: { key: string; page: Page }[] = [];
  const idlePages = (key: string) => {
    const ofBrowser = idle.get(browser) ?? new Map<string, Page[]>();
    idle.set(browser, ofBrowser);
    const pages = ofBrowser.get(key) ?? [];
    ofBrowser.set(key, pages);
    return pages;
  };
  beforeAll(async () => {
    browser = await sharedBrowser(...flags);
  });
  afterEach(async ({ task }) => {
    const heard = complaints;
    complaints = [];
    const left = used;
    used = [];
    for (const { key, page } of left) {
      if (task.result?.state === 'fail') console.error(await seenOn(page));
      if (await isReset(page, service)) idlePages(key).push(page);
      else await page.context().close();
    }
    expect(heard).toEqual([]);
  });
  return {
    async open(address, { remembered = {}, expectedComplaint, viewport = DESK, locale = 'en', ...options } = {}) {
      const key = contextKey({ locale, ...options });
      const page =
        idlePages(key).pop() ?? (await (await browser.newContext({ viewport, locale, ...options })).newPage());
      used.push({ key, page });
      if (viewport) await page.setViewportSize(viewport);
      if (Object.keys(remembered).length > 0) {
        await openEmpty(page, service);
        await page.evaluate(choices => {
          for (const [name, value] of Object.entries(choices)) localStorage.setItem(name, value);
        }, remembered);
      }
      const hear = (text: string) => {
        if (!expectedComplaint?.test(text)) complaints.push(text);
      };
      page.on('pageerror', error => hear(error.stack ?? error.message));
      page.on('console', message => {
        // A document that the page left, as that of another file's service, is not this page's business.
        const isOwn =
          message.location().url.startsWith(service.url) && !message.location().url.endsWith('/favicon.ico');
        if (message.type() === 'error' && (isOwn || message.location().url === '')) hear(message.text());
      });
      page.on('request', request => {
        const { protocol, origin } = new URL(request.url());
        if (protocol.startsWith('http') && origin !== new URL(service.url).origin) hear(`asked ${request.url()}`);
      });
      await page.goto(`${service.url}/${address}`);
      return page;
    },
  };
}

/** What a failed test leaves to think about: the page as a screen reader has it. */
async function seenOn(page: Page): Promise<string> {
  const seen = await page
    .locator('body')
    .ariaSnapshot({ timeout: 5000 })
    .catch(error => String(error));
  return `${page.url()}\n${seen}`;
}

/** Takes from a page what a test did to it. @returns whether it can be used again: not where it or its service is gone. */
async function isReset(page: Page, service: { readonly url: string }): Promise<boolean> {
  page.removeAllListeners();
  try {
    await page.context().setOffline(false);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    await forgetAll(page, service);
    return true;
  } catch {
    return false;
  }
}

/** A document of the service that has no script, unless the page is there already: a document costs a tenth of a second of CPU. */
async function openEmpty(page: Page, { url }: { readonly url: string }): Promise<void> {
  if (page.url() !== `${url}/healthz`) await page.goto(`${url}/healthz`);
}

/** Leaves what the page shows, which ends all streams and threads, and empties what a browser keeps for the service. */
async function forgetAll(page: Page, service: { readonly url: string }): Promise<void> {
  await openEmpty(page, service);
  await page.context().clearCookies();
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
}

/** The rules of axe that depend on colours. */
export const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** What axe finds wrong with the page as it is, one line each. @param rules these alone; without them all that axe has switched on. */
export async function accessibilityFaults(page: Page, rules: string[] = []): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(only => {
    const { axe } = window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } };
    // Of what passes nothing is told: to describe it takes longer than to check it.
    return axe.run({
      resultTypes: ['violations'],
      ...(only.length > 0 && { runOnly: { type: 'rule', values: only } }),
    });
  }, rules);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary}`),
  );
}

/** What axe finds in the dark and in the light; only of colours what it has not seen before. */
export async function faultsInBothThemes(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'dark' });
  const faults = await accessibilityFaults(page);
  await page.emulateMedia({ colorScheme: 'light' });
  return [...faults, ...(await accessibilityFaults(page, OF_COLOURS))];
}

/** What axe finds in the dark on a desk and in the light on a phone, and whether a phone's width is too narrow for the view. */
export async function faultsOnDeskAndPhone(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  const faults = await accessibilityFaults(page);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(PHONE);
  if (await isTooWide(page)) faults.push('too wide for a phone');
  faults.push(...(await accessibilityFaults(page)));
  await page.setViewportSize(DESK);
  return faults;
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
