/** The view of one training in a real browser, but for its curves: what can be done with a model, and what is said of a training whatever became of it. */
import { describe, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { handWorker } from '../support/hand-worker.ts';
import { accessibilityFaults, isTooWide, look, PHONE, useBrowser } from '../support/page.ts';
import { addEpochs, addErrors, seedModel } from '../support/seeded-models.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);

const sql = () => database.client.sql;
const tell = (uid: string) => sql()`select pg_notify('sleap_change', ${uid})`;
const open = (uid: string, options = {}) => browser.open(`#/models/${uid}`, options);

describe('what can be done with a model', () => {
  it('is to stop it, which is heard at once and told by the service; a refusal is told, too', async () => {
    const { uid, taskId } = await seedModel(database, { state: 'active', epochs: 5 });
    const page = await open(uid, { expectedComplaint: /409|400/ });
    let letGo = () => {};
    const held = new Promise<void>(resolve => {
      letGo = resolve;
    });
    await page.route('**/api/stop-training', async route => {
      await held;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Stop keeps the best weights' }).click();
    const stop = page.getByRole('button', { name: 'Stopping…' });
    expect(await stop.isDisabled()).toBe(true);
    await page.getByRole('status').filter({ hasText: 'stopping…' }).waitFor();
    letGo();
    await expect
      .poll(async () => (await sql()`select control from tasks where id = ${taskId}`)[0]!.control)
      .toBe('stop');
    expect(await stop.isDisabled()).toBe(true);

    const other = await seedModel(database, { state: 'active', epochs: 5 });
    await page.goto(`${api.url}/#/models/${other.uid}`);
    await page.getByRole('button', { name: 'Cancel discards' }).click();
    await page.getByRole('button', { name: 'Keep training' }).click();
    expect((await sql()`select control from tasks where id = ${other.taskId}`)[0]!.control).toBe(null);
    await page.getByRole('button', { name: 'Cancel discards' }).click();
    // It ends between the click and the request.
    await page.route('**/cancel', async route => {
      await sql()`update tasks set state = 'succeeded', finished_at = now(), lease_token = null, lease_until = null where id = ${other.taskId}`;
      await route.continue();
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByText('That was not possible').waitFor();
    await tell(other.uid);
    await page.getByRole('status').filter({ hasText: 'succeeded' }).waitFor();
  });

  it('is to name it, to tag it, and to delete it after a question', async () => {
    const uid = await handWorker(database, api).trained();
    await sql()`update models set tags = '{old}' where uid = ${uid}`;
    const page = await open(uid);
    const path = `/api/models/${uid}/files/model.zip`;
    expect(await page.getByRole('link', { name: 'Download model' }).getAttribute('href')).toMatch(path);
    const tabs = page.getByRole('navigation', { name: 'Views of this model' }).getByRole('link');
    expect(await tabs.evaluateAll(links => links.map(link => link.getAttribute('href')))).toEqual([
      `#/models/${uid}`,
      `#/models/${uid}/samples`,
      `#/results?model=${uid}`,
      `#/models/${uid}/try`,
      `#/compare?models=${uid}`,
    ]);
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByLabel('Name', { exact: true }).fill('fly, third try');
    await page.getByRole('button', { name: 'Remove the tag old' }).click();
    await page.getByLabel('Another tag').fill('dark, wet');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'fly, third try' }).waitFor();
    expect(await sql()`select name, tags from models where uid = ${uid}`).toEqual([
      { name: 'fly, third try', tags: ['dark, wet'] },
    ]);
    expect(await page.getByRole('link', { name: 'Train again' }).getAttribute('href')).toBe(`#/new?from=${uid}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(/#\/models$/);
    expect(await sql()`select 1 from models where uid = ${uid}`).toHaveLength(0);
  });
});

describe('a training that is not running', () => {
  it('tells why it failed and what helps, in its own words, and its log', async () => {
    const error = {
      code: 'labels_missing',
      message: 'No labels were found.',
      remedy: 'Put a labels file into the archive.',
    };
    const { uid, taskId } = await seedModel(database, { name: 'broken', state: 'failed', error });
    await sql()`insert into task_log (task_id, seq, level, message) select ${taskId}::uuid, n, 'info', 'Line ' || n from generate_series(1, 60) n`;
    await sql()`insert into task_log (task_id, seq, level, message) values (${taskId}, 61, 'error', 'No labels were found.')`;
    await sql()`update tasks set warnings = '["Two frames were left out."]'::jsonb where id = ${taskId}`;
    const page = await open(uid);
    const notices = page.locator('.notices');
    await notices.getByText('The training failed').waitFor();
    expect(await notices.allInnerTexts()).toContainEqual(expect.stringContaining(`${error.message} ${error.remedy}`));
    await page.getByText('Two frames were left out.').waitFor();
    await page.getByText('No epoch was finished.').waitFor();
    const log = page.locator('.log');
    await log.getByText('error: No labels were found.').waitFor();
    expect(
      await log.evaluate(({ scrollTop, clientHeight, scrollHeight }) => scrollHeight - scrollTop - clientHeight),
    ).toBeLessThan(2);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'training-failed');
  });

  it('waits for a worker with so many before it', async () => {
    await seedModel(database, { state: 'queued' });
    await seedModel(database, { state: 'queued' });
    const { uid } = await seedModel(database, { state: 'queued' });
    const page = await open(uid);
    await page.getByText('waiting for a worker: 2 before it').waitFor();
    await page.getByText('The curves begin with the first finished epoch.').waitFor();
    expect(await page.getByRole('button', { name: /^Stop/ }).isDisabled()).toBe(true);
  });

  it('is one whose worker fell silent, or an import that brought no log', async () => {
    const { uid, taskId } = await seedModel(database, { state: 'active' });
    await sql()`update tasks set heartbeat_at = now() - interval '2 minutes' where id = ${taskId}`;
    const page = await open(uid);
    await page.getByText(/^Worker silent for 2 min/).waitFor();
    // Its log stays where the reader scrolled to, and follows again from the end on.
    const log = page.locator('.log');
    const write = async (from: number, to: number) => {
      await sql()`
        insert into task_log (task_id, seq, level, message)
        select ${taskId}::uuid, n, 'info', 'Line ' || n from generate_series(${from}::int, ${to}::int) n`;
      await sql()`update tasks set log_lines = ${to} where id = ${taskId}`;
      await tell(uid);
      await log.getByText(new RegExp(`Line ${to}$`)).waitFor({ state: 'attached' });
    };
    const toEnd = () =>
      log.evaluate(({ scrollTop, clientHeight, scrollHeight }) => Math.round(scrollHeight - scrollTop - clientHeight));
    await write(1, 60);
    await expect.poll(toEnd).toBeLessThan(2);
    await log.evaluate(box => box.scrollTo(0, 0));
    await expect.poll(toEnd).toBeGreaterThan(100);
    await write(61, 61);
    expect(await log.evaluate(box => box.scrollTop)).toBe(0);
    await log.evaluate(box => box.scrollTo(0, box.scrollHeight));
    await write(62, 70);
    await expect.poll(toEnd).toBeLessThan(2);
    const imported = await seedModel(database, {});
    await sql()`update tasks set kind = 'import' where id = ${imported.taskId}`;
    await page.goto(`${api.url}/#/models/${imported.uid}`);
    await page.getByText('This model was imported without a training log.').waitFor();
    expect(await page.getByRole('link', { name: 'Train again' }).count()).toBe(0);
  });

  it('is said not to exist where it does not', async () => {
    const page = await open('00000000-0000-4000-8000-000000000000', { expectedComplaint: /404/ });
    await page.getByText('This model cannot be shown').waitFor();
    await page.getByRole('link', { name: 'To the list of models' }).waitFor();
  });

  it('gets the epochs that came while the connection was lost', async () => {
    const { uid } = await seedModel(database, { state: 'active', epochs: 10 });
    const page = await open(uid, { expectedComplaint: /ERR_INTERNET_DISCONNECTED|Failed to load resource/ });
    await page.locator('.readings .epoch', { hasText: /^9$/ }).waitFor();
    await page.context().setOffline(true);
    await addEpochs(database, uid, 10, 15);
    await page.context().setOffline(false);
    await page.locator('.readings .epoch', { hasText: /^14$/ }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    expect(await page.locator('.epoch-table tbody tr').count()).toBe(15);
  });

  it('is followed by one stream, whichever of its views is shown', async () => {
    const { uid } = await seedModel(database, { state: 'active', epochs: 10 });
    const page = await open(uid);
    await page.locator('.readings .epoch', { hasText: /^9$/ }).waitFor();
    let streams = 0;
    page.on('request', request => (streams += Number(request.url().includes(`/models/${uid}/events`))));
    await page.getByRole('link', { name: 'Samples', exact: true }).click();
    await page.getByRole('heading', { name: 'Sample predictions' }).waitFor();
    await page.getByRole('link', { name: 'Training', exact: true }).click();
    await page.locator('.readings .epoch', { hasText: /^9$/ }).waitFor();
    await addEpochs(database, uid, 10, 12);
    await tell(uid);
    await page.locator('.readings .epoch', { hasText: /^11$/ }).waitFor();
    expect(streams).toBe(0);
  });

  it('is told in Russian, in the dark and on a phone', async () => {
    const { uid } = await seedModel(database, { name: 'мышь', epochs: 60, tags: ['арена'] });
    await addErrors(database, uid);
    const page = await open(uid, { remembered: { language: 'ru', theme: 'dark' }, viewport: PHONE });
    await page.getByRole('region', { name: 'Ошибка (loss)' }).waitFor();
    await page.getByText('На проверке').first().waitFor();
    await page.getByRole('region', { name: 'Расстояние до разметки по эпохам' }).waitFor();
    expect(await isTooWide(page)).toBe(false);
    expect(await accessibilityFaults(page)).toEqual([]);
    await look(page, 'training-russian');
  });
});
