/**
 * `npm run bench -- page`: how long a visitor waits for the first curve and for the list, and what is loaded for them.
 *
 * The built page in headless Chromium over the real API and database, all on this machine: times are from the beginning of the navigation to
 * the frame in which the curve, or the first rows, stand in the page. First visit: nothing is cached; again: what the browser keeps.
 */
import type { BrowserContext } from 'playwright-core';
import { DESK } from '../support/page.ts';
import { pageSizes } from '../support/page-sizes.ts';
import { seedManyModels, seedModel } from '../support/seeded-models.ts';
import { benchInPageWorld } from './page-world.ts';
import { argumentsOf, median, saveResult } from './results.ts';

const VISITS = Number(argumentsOf('page')[0] ?? 7);
const NEWEST_EPOCH = '.readings .epoch';
const ROWS = 'main a[href^="#/models/"]';

await benchInPageWorld(async ({ client, url, browser }) => {
  const { uid: short } = await seedModel({ client }, { epochs: 100 });
  const { uid: long } = await seedModel({ client }, { epochs: 10_000 });
  await seedManyModels({ client }, 500);
  const cases: object[] = [];
  console.log(`\n| what | first visit, ms | again, ms | (medians of ${VISITS})\n|---|---|---|`);
  for (const [name, address, sign] of [
    ['the curve of 100 epochs', `#/models/${short}`, { selector: NEWEST_EPOCH, text: '99' }],
    ['the curve of 10,000 epochs', `#/models/${long}`, { selector: NEWEST_EPOCH, text: '9,999' }],
    ['the list of 500 models', '#/', { selector: ROWS, text: '' }],
  ] as const) {
    const [first, again]: [number[], number[]] = [[], []];
    for (let i = 0; i < VISITS; i++) {
      const context = await browser.newContext({ viewport: DESK, locale: 'en' });
      first.push(await visit(context, `${url}/${address}`, sign));
      again.push(await visit(context, `${url}/${address}`, sign));
      await context.close();
    }
    const figures = { first_visit_ms: median(first), again_ms: median(again) };
    console.log(`| ${name} | ${figures.first_visit_ms.toFixed(0)} | ${figures.again_ms.toFixed(0)} |`);
    cases.push({ case: name, visits: VISITS, ...figures });
  }
  const { frameBytes, viewBytes, allBytes } = pageSizes();
  console.log('\n| loaded, gzipped | kB |\n|---|---|');
  const sizes = { 'the frame alone': frameBytes, ...viewBytes, 'all views': allBytes };
  for (const [view, bytes] of Object.entries(sizes)) console.log(`| ${view} | ${(bytes / 1000).toFixed(1)} |`);
  cases.push({ case: 'bytes, gzipped', ...sizes });
  await saveResult({ name: 'page', device: 'none', cases });
});

interface Sign {
  selector: string;
  /** Of the first such element, in part. */
  text: string;
}

/** @returns milliseconds from the beginning of the navigation to the frame that shows the sign, the whole curve or the first rows. */
async function visit(context: BrowserContext, address: string, sign: Sign): Promise<number> {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  const seen = await page.waitForFunction(
    ({ selector, text }) => document.querySelector(selector)?.textContent?.includes(text) && performance.now(),
    sign,
    { polling: 'raf', timeout: 60_000 },
  );
  const ms = Number(await seen.jsonValue());
  await page.close();
  return ms;
}
