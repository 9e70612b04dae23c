/** Overlay tasks in the hands of a real worker: they end as they should, whatever happens to its processes, and leave nothing on disk. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isEndState } from '../../src/contract/task.ts';
import { inferences } from '../../src/db/schema.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { controlTask } from '../../src/queue/control.ts';
import { useDatabase } from '../support/database.ts';
import { film, submitOverlay } from '../support/overlay.ts';
import { until } from '../support/road.ts';
import { scratchFolder } from '../support/scratch.ts';
import { useWorker } from '../support/worker.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'sleap-test-overlay-'));
const database = useDatabase();
const worker = useWorker(database, { DATA_DIR: dataDir });
const scratch = scratchFolder();
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const taskOf = async (id: string) => (await database.client.db.select().from(tasks).where(eq(tasks.id, id)))[0]!;
const overlayOf = async (id: number) =>
  (await database.client.db.select().from(inferences).where(eq(inferences.id, id)))[0]!.overlayBlob;
const ended = (id: string) =>
  until(
    () => taskOf(id),
    ({ state }) => isEndState(state),
    'the end of the overlay',
  );
const drawing = (id: string) =>
  until(
    () => taskOf(id),
    ({ phase, progress }) => phase === 'drawing the overlay' && (progress?.done ?? 0) > 0,
    'the first frames',
  );
/** Files of tasks, in the folders of the worker's processes. */
const filesLeft = () =>
  readdirSync(join(dataDir, 'scratch'), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
const submit = (path: string, frames: number, config?: object) =>
  submitOverlay(database, path, [{ firstFrame: 0, frames }], config);
/** Takes some seconds: so long that what is done to it still finds it under way. */
const LONG = 1200;
const long = () => submit(join(dataDir, 'long.mkv'), LONG, { trail_length: 300, preset: 'medium' });
beforeAll(async () => {
  await film(join(dataDir, 'long.mkv'), LONG);
});

describe('an overlay task', () => {
  it('succeeds, and leaves the overlay in the database and nothing on disk', async () => {
    const { inferenceId, taskId } = await submit(await film(scratch.path('v.mkv'), 30), 30);
    expect(await ended(taskId)).toMatchObject({ state: 'succeeded', attempt: 1, warnings: [], error: null });
    expect(await overlayOf(inferenceId)).not.toBeNull();
    expect(filesLeft()).toEqual([]);
  });

  it('that is canceled while it draws ends without an overlay and leaves nothing on disk', async () => {
    const { inferenceId, taskId } = await long();
    await drawing(taskId);
    expect(await controlTask(database.client.db, taskId, 'cancel')).toMatchObject({ result: 'asked' });
    expect(await ended(taskId)).toMatchObject({ state: 'canceled', attempt: 1 });
    expect(await overlayOf(inferenceId)).toBeNull();
    expect(filesLeft()).toEqual([]);
  });

  it('whose compute process is killed begins anew and succeeds', async () => {
    const { inferenceId, taskId } = await long();
    await drawing(taskId);
    process.kill(worker.computePid()!, 'SIGKILL');
    expect(await ended(taskId)).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(await overlayOf(inferenceId)).not.toBeNull();
  });

  it('of something that is no video fails with a sentence about it', async () => {
    const path = scratch.path('v.mkv');
    const { taskId } = await submit(await notes(path), 30);
    expect(await ended(taskId)).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'video_invalid' } });
    expect(filesLeft()).toEqual([]);
  });
});

async function notes(path: string): Promise<string> {
  await writeFile(path, 'This is no video. '.repeat(100));
  return path;
}
