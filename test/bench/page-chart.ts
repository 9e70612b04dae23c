/**
 * `npm run bench -- page-chart`: how long the training view needs for a frame while epochs stream into ten thousand of them.
 *
 * The built page in headless Chromium over the real API and database; an epoch is written every 100 ms. Chromium's own trace tells each frame
 * of the page's main thread, from its first animation callback until it is handed to the compositor: growing the columns, drawing the curves,
 * layout and paint. The browser has no GPU here, so the canvas is drawn by the CPU. By the clock a frame also holds what other processes took
 * from it, since the service, the database and the bench share the machine's cores; of the CPU it holds its own work alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
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

const cases: object[] = [];
await benchInPageWorld(async world => {
  console.log(`\n${EPOCHS} epochs, ${ROWS_PER_SECOND} more a second for ${SECONDS} s; no GPU`);
  console.log(
    '\n| curves | frames | clock: median, ms | longest | over 16 ms | CPU: median, ms | longest | over 16 ms |\n|---|---|---|---|---|---|---|---|',
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
  await page.addInitScript(choices => {
    for (const [setting, value] of Object.entries(choices)) localStorage.setItem(setting, value);
  }, remembered);
  await page.goto(`${url}/#/models/${uid}`);
  await newestEpoch(page, EPOCHS - 1);
  await sleep(1000);
  const endTrace = await traceFrames(browser);
  const more = SECONDS * ROWS_PER_SECOND;
  const startMs = performance.now();
  for (let i = 0; i < more; i++) {
    await addEpochs({ client }, uid, EPOCHS + i, EPOCHS + i + 1);
    await sleep(Math.max(0, startMs + ((i + 1) * 1000) / ROWS_PER_SECOND - performance.now()));
  }
  await newestEpoch(page, EPOCHS + more - 1);
  const frames = await endTrace();
  await context.close();
  const [clock, cpu] = [summary(frames.map(({ clockMs }) => clockMs)), summary(frames.map(({ cpuMs }) => cpuMs))];
  const written = [clock, cpu].flatMap(times => [
    times.median_ms.toFixed(1),
    times.longest_ms.toFixed(1),
    times.over_budget,
  ]);
  console.log(`| ${name} | ${frames.length} | ${written.join(' | ')} |`);
  const what = { case: name, epochs: EPOCHS, rows_per_second: ROWS_PER_SECOND, seconds: SECONDS };
  cases.push({ ...what, frames: frames.length, clock, cpu });
}

function summary(times: number[]) {
  const over_budget = times.filter(ms => ms > BUDGET_MS).length;
  return { median_ms: median(times), longest_ms: Math.max(...times), over_budget };
}

interface FrameTime {
  clockMs: number;
  cpuMs: number;
}

/** Of an event in Chromium's trace; times in microseconds. */
interface TraceEvent {
  name: string;
  tid: number;
  ts: number;
  dur: number;
  tdur: number;
}

/** @returns what ends the trace and tells the frames in it. Those without an animation callback draw no curve and are left out. */
async function traceFrames(browser: Browser): Promise<() => Promise<FrameTime[]>> {
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown[] as TraceEvent[])));
  const includedCategories = ['cc', 'devtools.timeline'];
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  return async () => {
    const isComplete = new Promise(resolve => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await isComplete;
    await session.detach();
    const drawn = events.filter(({ name }) => name === 'FireAnimationFrame');
    return events
      .filter(({ name }) => name === 'ProxyMain::BeginMainFrame')
      .filter(({ tid, ts, dur }) => drawn.some(call => call.tid === tid && call.ts >= ts && call.ts < ts + dur))
      .map(({ dur, tdur }) => ({ clockMs: dur / 1000, cpuMs: tdur / 1000 }));
  };
}

async function newestEpoch(page: Page, epoch: number): Promise<void> {
  const written = new Intl.NumberFormat('en').format(epoch);
  await page.locator('.readings .epoch', { hasText: written }).waitFor({ timeout: 60_000 });
}
