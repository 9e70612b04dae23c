/** Workers and their queue in a real browser: rows of workers that there are not, so that states hold still. */
import { expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { faultsOnDeskAndPhone, look, useBrowser } from '../support/page.ts';
import { seedModel } from '../support/seeded-models.ts';

const database = useDatabase();
const api = useApi(database);
const browser = useBrowser(api);

it('shows workers and the queue, says who is silent, and cancels what waits', async () => {
  const running = await seedModel(database, { name: 'running one', state: 'active', epochs: 2 });
  const queued = await seedModel(database, { state: 'queued' });
  const page = await browser.open('#/workers', { locale: 'ru' });
  await page.getByText('Ни одного исполнителя нет').waitFor();
  await page.getByLabel('Язык').selectOption('en');
  await page.getByText('npm run worker').waitFor();
  await page.getByText('Takes work, but nobody is up to do it.').waitFor();
  await database.client.sql`
    insert into workers (name, device, task_id, started_at, seen_at) values
      ('hand-1', 'cpu: 4 threads', ${running.taskId}, now(), now()),
      ('box:4711-ab12', 'WebGPU: NVIDIA RTX 4090', null, now() - interval '3 hours', now() - interval '10 minutes')`;
  await page.reload();
  await page.getByText('Ready: work sent now will be done.').waitFor();
  await page.getByText('No sign of life from box:4711-ab12').waitFor();
  const worker = page.getByRole('row').filter({ hasText: 'cpu: 4 threads' });
  expect(await worker.getByRole('link', { name: 'running one' }).getAttribute('href')).toBe(`#/models/${running.uid}`);
  await look(page, 'workers');
  expect(await faultsOnDeskAndPhone(page)).toEqual([]);

  const waiting = page.getByRole('row').filter({ hasText: queued.uid.slice(0, 8) });
  expect(await waiting.textContent()).toContain('waiting for a worker: next in line');
  await waiting.getByRole('button', { name: /^Cancel/ }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the task' }).press('Enter');
  await waiting.waitFor({ state: 'detached' });
  expect((await (await api.get(`/api/models/${queued.uid}`)).json()).state).toBe('canceled');
});

it('says that the file of a view does not come, as after an update of the service, and a reload brings it', async () => {
  const page = await browser.open('#/', { expectedComplaint: /ERR_|Failed to (load|fetch)/ });
  const file = '**/assets/workers-view-*.js';
  await page.route(file, route => route.abort());
  await page.getByRole('link', { name: 'Workers' }).click();
  await page.getByText('This part of the page could not be loaded').waitFor();
  await page.unroute(file);
  await page.getByRole('button', { name: 'Reload' }).click();
  await page.getByRole('heading', { name: 'Workers and queue' }).waitFor();
});
