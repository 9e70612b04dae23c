/** What a second attempt begins with, where the first one died before its first checkpoint. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useApi } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { packDataset } from '../support/lab.ts';
import { mobilenetFile, PUBLISHED_NAME } from '../support/mobilenet-file.ts';
import { roadOver, until } from '../support/road.ts';
import { useWorker } from '../support/worker.ts';

const environment: Record<string, string> = {};
beforeAll(async () => {
  environment.WEIGHTS_DIR = await mkdtemp(join(tmpdir(), 'sleap-test-weights-'));
});
afterAll(() => rm(environment.WEIGHTS_DIR!, { recursive: true }));

const database = useDatabase();
const api = useApi(database, { LEASE_SECONDS: '2' });
const worker = useWorker(database, environment);
const { model, ended, train } = roadOver(api);

it('goes on with random numbers where that was said, although the weights have come meanwhile', async () => {
  const uid = await train(
    {
      backbone_model: 'pretrained_encoder',
      pretrained_encoder: 'mobilenet',
      backbone_config: { decoder_filters: 4 },
      heads_output_stride: 8,
      num_epochs: 1,
      batches_per_epoch: 40,
    },
    await packDataset(),
  );
  await until(
    () => model(uid),
    value => value.phase === 'training',
    'the first steps',
  );
  process.kill(worker.computePid()!, 'SIGSTOP');
  await writeFile(join(environment.WEIGHTS_DIR!, PUBLISHED_NAME), await mobilenetFile());
  process.kill(worker.computePid()!, 'SIGKILL');
  const done = await ended(uid);
  expect(done).toMatchObject({ state: 'succeeded', attempt: 2, initial_weights: null });
  expect(done.warnings).toEqual([expect.stringContaining('The encoder began with random numbers')]);
});
