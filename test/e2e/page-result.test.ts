/** One result of a video in a real browser: its files, frames to label next, the overlay, deleting it; the worker is played by hand. */
import { beforeEach, expect, it } from 'vitest';
import { PREDICTION_FILES } from '../../src/contract/prediction-files.ts';
import { models } from '../../src/db/schema.ts';
import { renewLease } from '../../src/queue/lease.ts';
import { settleTask } from '../../src/queue/settle.ts';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { accessibilityFaults, look, useBrowser } from '../support/page.ts';
import { address, resultsOver, rowOf, soon, WALK } from '../support/results-page.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);
const hand = handWorker(database, api);
const { read, succeed, begun, finished } = resultsOver(database, api);

// With their tasks: no test meets another's in the queue.
beforeEach(() => database.client.db.delete(models).then(() => {}));

it('a result is downloaded in every format, under the name of the video', async () => {
  const id = await finished(await hand.trained());
  const page = await browser.open(`#/results/${id}`);
  const links = page.locator('.exports-files a');
  await soon(() => links.count()).toBe(Object.keys(PREDICTION_FILES).length);
  const hrefs = await links.evaluateAll(all => all.map(link => (link as HTMLAnchorElement).href));
  for (const href of hrefs) {
    const answer = await fetch(href);
    const name = new URL(href).pathname.split('/').at(-1)!;
    expect([answer.status, answer.headers.get('content-disposition')], name).toEqual([
      200,
      expect.stringContaining(`filename="mouse 1.${name}"`),
    ]);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
  const save = async (link: string) => {
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: link }).click();
    return (await saved).suggestedFilename();
  };
  expect(await save('JSON lines')).toBe('mouse 1.predictions.ndjson');
  await page.getByLabel('CSV with a row for frames without a detection').check();
  expect(await page.getByRole('link', { name: 'Table (CSV)' }).getAttribute('href')).toMatch(
    /predictions\.csv\?empty_frames=true$/,
  );

  await page.getByText('Frames worth labelling next').click();
  await page.getByLabel('At most').selectOption('10');
  await page.getByRole('button', { name: 'Find them' }).click();
  const unsure = page.getByRole('row', { name: 'unsure' });
  expect(await unsure.getByRole('link').getAttribute('href')).toBe(`#/results/${id}?frame=2`);
  await page.getByRole('row', { name: 'a keypoint jumps' }).first().waitFor();
  expect(await save('Download for SLEAP (.slp)')).toBe('mouse 1.suggestions.slp');
  expect(await accessibilityFaults(page)).toEqual([]);
  await look(page, 'result');
});

it('a result is partial while it runs, and whole then, without being asked', async () => {
  const { id, task } = await begun(await hand.trained(), { frames: 4 });
  const page = await browser.open(`#/results/${id}`);
  await page.getByText('The video is still being predicted: the files hold what there is so far, 4 frames.').waitFor();
  await page.getByRole('link', { name: 'Table (CSV) partial' }).waitFor();
  await page.getByText('It can be made once the video has been predicted.').waitFor();
  await hand.store(task, { firstFrame: 4, points: WALK.slice(4) });
  await page.getByText('so far, 10 frames.').waitFor();
  await succeed(task);
  await page.getByRole('link', { name: 'Table (CSV)', exact: true }).waitFor();
  expect(await page.getByText('partial').count()).toBe(0);
});

it('a result is drawn into its video as asked, and anew', async () => {
  const id = await finished(await hand.trained());
  const page = await browser.open(`#/results/${id}`);
  await page.getByLabel('Radius, px').fill('0');
  await page.getByText('A number above 0').waitFor();
  const make = page.getByRole('button', { name: 'Make the video' });
  expect(await make.isDisabled()).toBe(true);
  await page.getByLabel('Radius, px').fill('3.5');
  await page.getByLabel('Trail, frames').fill('20');
  await make.click();
  await page.getByText('waiting for a worker').waitFor();
  expect((await read(id)).overlay.overlay_config).toMatchObject({ radius_px: 3.5, trail_length: 20 });
  const task = await hand.claim();
  const progress = { done: 3, total: 10, unit: 'frames', per_second: 30, seconds_left: 1 } as const;
  await renewLease(database.client.db, task.lease, { phase: 'drawing the overlay', progress, leaseSeconds: 60 });
  await page.getByText('3 of 10 frames, 30.0 frames/s, 1 s left').waitFor();
  await hand.finishOverlay(task, Buffer.from('an overlay'));
  const link = page.getByRole('link', { name: 'Download the video' });
  const saved = page.waitForEvent('download');
  await link.click();
  expect((await saved).suggestedFilename()).toBe('mouse 1.overlay.mp4');
  expect(await (await fetch(api.url + (await link.getAttribute('href'))!.replace(api.url, ''))).text()).toBe(
    'an overlay',
  );

  await page.getByRole('button', { name: 'Make it anew' }).click();
  await page.getByText('An earlier one can be downloaded').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('canceled').waitFor();
  await page.getByRole('button', { name: 'Make it anew' }).click();
  await page.getByText('waiting for a worker').waitFor();
  const again = await hand.claim();
  const error = { code: 'video_invalid', message: 'The video broke off.', remedy: null };
  await settleTask(database.client.db, again.lease, { end: 'failed', error });
  await page.getByText('The video was not made').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
});

it('a result is deleted after a question, from its own view and from the list', async () => {
  const uid = await hand.trained();
  const [one, two] = [await finished(uid, 'one.mp4'), await finished(uid, 'two.mp4')];
  const page = await browser.open(`#/results/${one}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const question = page.getByRole('dialog', { name: 'Delete this result?' });
  await question.getByText('What was found in one.mp4 (10 frames) goes').waitFor();
  await question.getByRole('button', { name: 'Keep it' }).click();
  expect((await api.get(`/api/inferences/${one}`)).status).toBe(200);
  await page.getByRole('button', { name: 'Delete' }).click();
  await question.getByRole('button', { name: 'Delete' }).click();
  await soon(() => address(page)).toBe('#/results');
  expect((await api.get(`/api/inferences/${one}`)).status).toBe(404);

  await page.getByRole('button', { name: 'Delete two.mp4' }).click();
  await question.getByRole('button', { name: 'Delete' }).click();
  await rowOf(page, 'two.mp4').waitFor({ state: 'detached' });
  expect((await api.get(`/api/inferences/${two}`)).status).toBe(404);
  await soon(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Results');
});

it('a result that is not there says so', async () => {
  const page = await browser.open('#/results/999999', { expectedComplaint: /404/ });
  await page.getByText('Inference 999999 does not exist.').waitFor();
  await hand.trained();
  await page.goto(`${api.url}/#/results?again=999999`);
  await page.getByText('That video cannot be taken again').waitFor();
  await page.goto(`${api.url}/#/results?model=no-uid`);
  await page.getByText('The list is not up to date').waitFor();
});
