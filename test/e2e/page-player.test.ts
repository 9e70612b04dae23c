/** The player of results in a real browser: which frame is in sight is read from the pixels of videos whose frames show their numbers. Videos that no browser plays: page-unplayable.test.ts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertVideo } from '../../demo/encode-video.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { encodeNumbered, VARIABLE_RATE } from '../support/numbered-video.ts';
import { faultsInBothThemes, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { atFrame, drawnPixels, goTo, playerOf, rowOf, seenAndTold, upsideDownNumber } from '../support/player-page.ts';
import { NOSE, pointsOf, type SeededInference, SPINE, seedInference, TAIL } from '../support/seeded-inference.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);

const COUNT = 60;
let folder: string;
const path = (name: string) => join(folder, name);
/** An uneven rate, frames that are decoded out of their order, and a first frame that is not shown at 0. */
let uneven: SeededInference;
/** Upside down, and turned by its player. */
let turned: SeededInference;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sleap-test-player-'));
  await encodeNumbered(path('at-zero.mp4'), 'h264', COUNT, VARIABLE_RATE);
  await convertVideo(path('at-zero.mp4'), path('uneven.mp4'), ['-c', 'copy'], ['-itsoffset', '0.3']);
  await convertVideo(path('at-zero.mp4'), path('turned.mov'), ['-c', 'copy', '-metadata:s:v', 'rotate=180']);
  uneven = await seedInference(database, api, path('uneven.mp4'));
  turned = await seedInference(database, api, path('turned.mov'));
});
afterAll(() => rm(folder, { recursive: true }));

const open = playerOf(browser);

describe('the frame in sight', () => {
  it('is the one that the page says, however it was reached', async () => {
    const page = await open(uneven.id, 7);
    expect(await seenAndTold(page)).toEqual([7, 7]);
    for (const [key, frame] of [
      ...[8, 9, 10, 11].map(next => ['ArrowRight', next] as const),
      ...([
        ['ArrowLeft', 10],
        ['.', 11],
        [',', 10],
        ['Shift+ArrowRight', 20],
        ['Shift+ArrowLeft', 10],
      ] as const),
      ...([
        ['Home', 0],
        ['ArrowRight', 1],
      ] as const),
    ]) {
      await page.keyboard.press(key);
      await atFrame(page, frame);
      expect(await seenAndTold(page), key).toEqual([frame, frame]);
    }
    for (const frame of [26, 24, 25, 49, 50]) {
      await goTo(page, frame);
      expect(await seenAndTold(page)).toEqual([frame, frame]);
      await expect.poll(() => rowOf(page, 'spine').innerText()).toContain(pointsOf(frame)[3]!.toFixed(1));
    }
    await page.waitForURL(/frame=50$/);
    await page.evaluate(() => {
      location.hash = location.hash.replace('frame=50', 'frame=33');
    });
    await atFrame(page, 33);
    expect(await seenAndTold(page)).toEqual([33, 33]);
  });

  it('is right although a busy machine comes late to ask for it', async () => {
    const page = await browser.open('#/results');
    await page.evaluate(() => {
      const [later, soon] = [window.setTimeout, window.requestAnimationFrame];
      const late = (what: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => later(what, ms + 300, ...args);
      window.setTimeout = late as typeof setTimeout;
      window.requestAnimationFrame = draw => soon(() => late(draw as () => void, 0, performance.now()));
    });
    await page.evaluate(id => location.assign(`#/results/${id}?frame=7`), uneven.id);
    await atFrame(page, 7);
    expect(await seenAndTold(page)).toEqual([7, 7]);
  });

  it('is right in a video that its player turns', async () => {
    const page = await open(turned.id, 12);
    for (const frame of [12, 25, 58, COUNT - 1]) {
      if (frame < COUNT - 1) await goTo(page, frame);
      else await page.getByRole('slider', { name: 'Timeline' }).press('End');
      await atFrame(page, frame);
      expect(await upsideDownNumber(page)).toBe(frame);
    }
  });

  it('is right after playing at any speed, and after dragging along the timeline', async () => {
    const page = await open(uneven.id, 0);
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('2×');
    await page.keyboard.press(' ');
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('.player-canvas')!.dataset.frame) > 20);
    expect(
      await page.locator('video').evaluate((video: HTMLVideoElement) => [video.playbackRate, video.paused]),
    ).toEqual([2, false]);
    await page.getByRole('button', { name: /^Pause/ }).click();
    await page.waitForFunction(() => document.querySelector('video')!.paused);
    const stoppedAt = await page.getByRole('spinbutton', { name: 'Frame' }).inputValue().then(Number);
    await expect.poll(() => seenAndTold(page)).toEqual([stoppedAt, stoppedAt]);

    const timeline = page.getByRole('slider', { name: 'Timeline' });
    await timeline.evaluate((slider: HTMLInputElement) => {
      for (let frame = 2; frame <= 44; frame += 3) {
        slider.value = String(frame);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    await atFrame(page, 44);
    expect(await seenAndTold(page)).toEqual([44, 44]);
    expect(await timeline.getAttribute('aria-valuetext')).toBe('frame 44 of 60');
    await timeline.press('ArrowLeft');
    await atFrame(page, 43);
  });
});

describe('what is drawn', () => {
  it('follows the threshold, the trails, the keypoints that are shown, and their names', async () => {
    const page = await open(uneven.id, 21);
    expect(await drawnPixels(page, TAIL)).toBeGreaterThan(20);
    const threshold = page.getByRole('slider', { name: 'Lowest score' });
    await threshold.fill('0.5');
    await expect.poll(() => drawnPixels(page, TAIL)).toBe(0);
    // Of the tail a third, but for those that were not found.
    const tails = Array.from({ length: COUNT }, (_, n) => pointsOf(n).slice(6)).filter(([x]) => !Number.isNaN(x));
    const share = tails.filter(([, , score]) => score! < 0.5).length / (2 * COUNT + tails.length);
    expect(await page.locator('.player-look').innerText()).toContain(
      `below: 1 of 3 in this frame, ${(share * 100).toFixed(1)}% of all`,
    );
    await threshold.fill('0');
    await expect.poll(() => drawnPixels(page, TAIL)).toBeGreaterThan(20);

    await page.getByRole('button', { name: 'Show only nose' }).click();
    await expect.poll(() => drawnPixels(page, SPINE)).toBe(0);
    const withoutNames = await drawnPixels(page, NOSE);
    await page.getByRole('checkbox', { name: 'Names' }).check();
    await expect.poll(() => drawnPixels(page, NOSE)).toBeGreaterThan(withoutNames);
    await page.getByRole('checkbox', { name: 'nose' }).uncheck();
    await expect.poll(() => drawnPixels(page, NOSE)).toBe(0);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Names' }).uncheck();

    const inked = () =>
      page.locator('.player-canvas').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((alpha, i) => i % 4 === 3 && alpha > 0).length;
      });
    const withoutTrails = await inked();
    await page.getByRole('slider', { name: 'Trails' }).fill('10');
    await expect.poll(inked).toBeGreaterThan(withoutTrails);
    // Kept for the next video.
    expect(await page.evaluate(() => localStorage.getItem('player-trail'))).toBe('10');
  });

  it('is bound to its traces both ways', async () => {
    const page = await open(uneven.id, 5);
    const plot = page.locator('.player-traces .u-over').first();
    const mark = () =>
      page
        .locator('.player-mark')
        .first()
        .evaluate((line: HTMLElement) => Number.parseFloat(line.style.left));
    await expect.poll(mark).toBeCloseTo((100 * 5) / (COUNT - 1), 3);
    const { width } = (await plot.boundingBox())!;
    await plot.click({ position: { x: (width * 40) / (COUNT - 1), y: 30 } });
    await atFrame(page, 40);
    expect(await seenAndTold(page)).toEqual([40, 40]);
    await expect.poll(mark).toBeCloseTo((100 * 40) / (COUNT - 1), 3);
    await page.keyboard.press('Home');
    await expect.poll(mark).toBe(0);

    await page.keyboard.down('Shift');
    await plot.dragTo(plot, { sourcePosition: { x: width * 0.5, y: 20 }, targetPosition: { x: width * 0.75, y: 20 } });
    await page.keyboard.up('Shift');
    const traces = page.getByRole('region', { name: 'Traces' });
    // The frame in sight stays where it is; the plots begin at half of the video.
    await expect.poll(() => traces.innerText()).toMatch(/frames (29|30|31)–4[345]/);
    await page.keyboard.press('ArrowRight');
    // The plots follow the video.
    await expect.poll(() => traces.innerText()).toMatch(/frames 0–1[45]/);
    await traces.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => traces.innerText()).not.toContain('frames');
  });
});

describe('an inference that runs', () => {
  it('waits for its first frames, grows while one looks, and says what became of it', async () => {
    const open = await seedInference(database, api, path('uneven.mp4'), { frames: 0, isOpen: true });
    const page = await browser.open(`#/results/${open.id}?frame=3`);
    await page.getByText('The player opens with the first predicted frames.').waitFor();
    await open.store(0, 20);
    await atFrame(page, 3);
    expect(await seenAndTold(page)).toEqual([3, 3]);
    await goTo(page, 40);
    await page.getByText('This frame was not predicted.').waitFor();
    await open.store(20, COUNT);
    await page.getByText('This frame was not predicted.').waitFor({ state: 'detached' });
    await goTo(page, 41);
    await rowOf(page, 'spine').getByText(pointsOf(41)[3]!.toFixed(1)).waitFor();
    expect(await seenAndTold(page)).toEqual([41, 41]);
    const error = { code: 'video_invalid', message: 'The video ends early.', remedy: 'Send it again.' };
    await settleTask(database.client.db, open.task.lease, { end: 'failed', error });
    await page.getByText('The video ends early. Send it again.').waitFor();
  });

  it('that does not exist is told', async () => {
    const page = await browser.open('#/results/999999', { expectedComplaint: /404/ });
    await page.getByText('This video cannot be shown').waitFor();
  });
});

describe('the player', () => {
  it('has no fault for those who cannot see it, in both themes, and fits a phone', async () => {
    const page = await open(uneven.id, 32, { remembered: { 'player-trail': '12' } });
    expect(await faultsInBothThemes(page)).toEqual([]);
    await look(page, 'player');
    await page.setViewportSize(PHONE);
    expect(await isTooWide(page)).toBe(false);
  });
});
