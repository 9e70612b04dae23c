/**
 * `npm run demo`: the whole road in a few minutes without a GPU. Draws an animal, trains a network on labelled pictures of it through the
 * API, runs the network on a video of it, and compares with the truth. Uses the service that answers at SLEAP_URL, or starts one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openFile } from '../client/cli/files.ts';
import { duration } from '../client/cli/progress.ts';
import { watchInference, watchTraining } from '../client/cli/watch.ts';
import { SleapClient } from '../client/sleap-client.ts';
import type { TrainingConfigInput } from '../src/contract/training.ts';
import { KEYPOINTS } from './animal.ts';
import { writeDataset, writeVideo } from './dataset.ts';

const LABELLED_FRAMES = 60;
const VIDEO_FRAMES = 200;
const START_TIMEOUT_MS = 60_000;
const CONFIG: TrainingConfigInput = {
  test_fraction: 0.2,
  num_epochs: 14,
  learning_rate: 2e-3,
  backbone_model: 'unet',
  heads_sigma: 1.5,
  heads_output_stride: 2,
  backbone_config: { filters: 8, filters_rate: 1.5, max_stride: 16, up_interpolate: true },
  batch_size: 4,
  batches_per_epoch: 24,
  seed: 1,
};

const started = Date.now();
const url = process.env.SLEAP_URL ?? 'http://127.0.0.1:5000';
const folder = await mkdtemp(join(tmpdir(), 'sleap-demo-'));
const service = (await isReady()) ? null : await startService();
try {
  await demo(new SleapClient({ url, key: process.env.SLEAP_API_KEY }));
} finally {
  await rm(folder, { recursive: true, force: true });
  if (service) {
    service.kill('SIGTERM');
    await once(service, 'exit');
  }
}

async function demo(client: SleapClient): Promise<void> {
  console.log(`Drawing ${LABELLED_FRAMES} labelled pictures and a video of ${VIDEO_FRAMES} frames …`);
  const dataset = await writeDataset(folder, LABELLED_FRAMES);
  const video = await writeVideo(folder, VIDEO_FRAMES);

  const { model_uid: uid } = await client.train(await openFile(dataset), CONFIG, { fileName: basename(dataset) });
  console.log(`Training model ${uid} (watch it at ${url}/#/models/${uid}) …`);
  await watchTraining(client, uid);

  console.log('Running it on the video …');
  const file = await openFile(video.path);
  const { results_id: id } = await client.infer(file, uid, {}, { fileName: basename(video.path) });
  await watchInference(client, id);
  const { keypoints } = await client.results(id);
  printErrors(keypoints!, video.truth);
  console.log(`Done in ${duration((Date.now() - started) / 1000)}.`);
}

/** Per keypoint the distance to the truth over all frames of the video. */
function printErrors(
  found: Record<string, Record<string, [number | null, number | null]>>,
  truth: [number, number][][],
): void {
  const rows = KEYPOINTS.map((name, k) => {
    const distances = truth.flatMap((points, frame) => {
      const [x, y] = found[frame]![name]!;
      return x === null || y === null ? [] : [Math.hypot(x - points[k]![0], y - points[k]![1])];
    });
    const sorted = distances.toSorted((a, b) => a - b);
    const mean = sorted.reduce((sum, distance) => sum + distance, 0) / sorted.length;
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
    return {
      keypoint: name,
      found: `${sorted.length} of ${truth.length}`,
      'median px': at(0.5),
      'mean px': mean,
      'p95 px': at(0.95),
    };
  });
  console.table(
    rows.map(row =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? +value.toFixed(2) : value]),
      ),
    ),
  );
}

async function isReady(): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    response => response.ok,
    () => false,
  );
}

async function startService(): Promise<ChildProcess> {
  console.log('No service answers: starting one …');
  const child = fork(fileURLToPath(new URL('../src/serve/local.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  for (const deadline = Date.now() + START_TIMEOUT_MS; !(await isReady()); await sleep(200)) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error('The service did not start; npm start shows why.');
  }
  return child;
}
