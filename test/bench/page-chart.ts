/**
 * `npm run bench -- page-chart`: how long the training view needs for a frame while epochs stream into ten thousand of them.
 *
 * The built page in headless Chromium over the real API and database; an epoch is written every 100 ms. In the page a frame counts from its
 * first animation callback to the first task behind it: growing the columns, drawing the curves, layout and paint. The browser has no GPU
 * here, so the canvas is drawn by the CPU. The time of the CPU is that of all the page does, the reading of events included, a frame.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { DESK } from '../support/page.ts';
import { addEpochs, seedModel } from '../support/seeded-models.ts';
import { benchInPageWorld, type PageWorld } from './page-world.ts';
import { argumentsOf, median, saveResult } from './results.ts';

const SECONDS = Number(argumentsOf('page-chart')[0] ?? 20);
const EPOCHS = 10_000;
const ROWS_PER_SECOND = 10;
const BUDGET_MS = 16;
const CASES = [
  ['measured values', {}],
  ['smoothed by 0.9', { 'chart-smoothing': '0.9' }],
  ['smoothed, outliers ignored', { 'chart-smoothing': '0.9', 'chart-outliers': 'ignored' }],
] as const;

declare global {
  interface Window {
    frameMs: number[];
  }
}

const cases: object[] = [];
await benchInPageWorld(async world => {
  console.log(`\n${EPOCHS} epochs, ${ROWS_PER_SECOND} more a second for ${SECONDS} s; no GPU`);
  console.log(
    '\n| curves | frames | median, ms | p99, ms | longest, ms | over 16 ms | CPU a frame, ms |\n|---|---|---|---|---|---|---|',
  );
  for (const [name, remembered] of CASES) await streamInto(world, name, remembered);
  await saveResult({ name: 'page-chart', device: 'none', cases });
});

async function streamInto(
  { client, url, browser }: PageWorld,
  name: string,
  remembered: Record<string, string>,
): Promise<void> {
  const config = { num_epochs: 2 * EPOCHS };
  const { uid } = await seedModel({ client }, { name, state: 'active', epochs: EPOCHS, config });
  const context = await browser.newContext({ viewport: DESK, locale: 'en' });
  const page = await context.newPage();
  await page.addInitScript(measureFrames, remembered);
  await page.goto(`${url}/#/models/${uid}`);
  await newestEpoch(page, EPOCHS - 1);
  await sleep(1000);
  await page.evaluate(() => {
    window.frameMs = [];
  });
  const cpuMs = await cpuClock(page);
  const more = SECONDS * ROWS_PER_SECOND;
  const startMs = performance.now();
  for (let i = 0; i < more; i++) {
    await addEpochs({ client }, uid, EPOCHS + i, EPOCHS + i + 1);
    await sleep(Math.max(0, startMs + ((i + 1) * 1000) / ROWS_PER_SECOND - performance.now()));
  }
  await newestEpoch(page, EPOCHS + more - 1);
  const frames = (await page.evaluate(() => window.frameMs)).toSorted((a, b) => a - b);
  const cpuMsPerFrame = (await cpuMs()) / frames.length;
  await context.close();
  const figures = {
    ...{ frames: frames.length, median_ms: median(frames), p99_ms: frames[Math.ceil(frames.length * 0.99) - 1]! },
    ...{ longest_ms: frames.at(-1)!, over_budget: frames.filter(ms => ms > BUDGET_MS).length },
    cpu_ms: cpuMsPerFrame,
  };
  const written = [figures.median_ms, figures.p99_ms, figures.longest_ms].map(ms => ms.toFixed(1)).join(' | ');
  console.log(`| ${name} | ${figures.frames} | ${written} | ${figures.over_budget} | ${cpuMsPerFrame.toFixed(1)} |`);
  cases.push({ case: name, epochs: EPOCHS, rows_per_second: ROWS_PER_SECOND, seconds: SECONDS, ...figures });
}

/** @returns what tells the milliseconds that the page's main thread has worked since now. */
async function cpuClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const workedMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
  };
  const startMs = await workedMs();
  return async () => (await workedMs()) - startMs;
}

async function newestEpoch(page: Page, epoch: number): Promise<void> {
  const written = new Intl.NumberFormat('en').format(epoch);
  await page.locator('.readings .epoch', { hasText: written }).waitFor({ timeout: 60_000 });
}

/** Runs in the page, before it. A frame without an animation callback does nothing and is not counted. */
function measureFrames(remembered: Record<string, string>): void {
  for (const [name, value] of Object.entries(remembered)) localStorage.setItem(name, value);
  window.frameMs = [];
  let startMs = 0;
  const behind = new MessageChannel();
  behind.port1.onmessage = () => {
    window.frameMs.push(performance.now() - startMs);
    startMs = 0;
  };
  const request = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = callback =>
    request(time => {
      if (startMs === 0) {
        startMs = performance.now();
        behind.port2.postMessage(null);
      }
      callback(time);
    });
}
