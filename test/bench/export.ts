/**
 * `npm run bench -- export [FRAMES]`: each file of the predictions of a long video, 1,000,000 frames of 17 keypoints unless FRAMES says otherwise,
 * over HTTP from an API process of its own with a real Postgres.
 *
 * seconds: from the request to the last byte. first: to the
 * first byte. peak: the API's largest resident memory meanwhile, beside what it had before (Linux: VmHWM). end: the last 500 bytes, asked for when the whole
 * file was sent already. Every 11th frame has no detection; missing keypoints and gaps are as in real videos.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PREDICTION_FILES } from '../../src/contract/prediction-files.ts';
import { openClient } from '../../src/db/client.ts';
import { startEmbedded } from '../../src/db/embedded.ts';
import { freePort } from '../../src/db/free-port.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { inferences, models, predictionChunks } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { argumentsOf, saveResult } from './results.ts';

const FRAMES = Number(argumentsOf('export')[0] ?? 1_000_000);
const KEYPOINTS = 17;
const RUN_FRAMES = 1024;
const MiB = 2 ** 20;
const API = fileURLToPath(new URL('../../src/serve/node.ts', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'bench-export-'));
const database = await startEmbedded(folder, { settings: { fsync: 'off' } });
await migrateDatabase(database.url);
const port = await freePort();
const api = fork(API, {
  env: { ...process.env, DATABASE_URL: database.url, PORT: String(port), LOG_LEVEL: 'error' },
  execArgv: ['--max-semi-space-size=4', '--max-old-space-size=1024', '--import', 'tsx'],
});
try {
  const started = performance.now();
  const id = await storePredictions();
  console.log(`\n${FRAMES} frames stored in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  console.log(
    '| file | MB | seconds | MB/s | first, ms | API before, MiB | peak, MiB | end, ms |\n|---|---|---|---|---|---|---|---|',
  );
  const cases: object[] = [];
  for (const name of Object.keys(PREDICTION_FILES)) cases.push(await measure(id, name));
  const asked = performance.now();
  await (await fetch(`http://127.0.0.1:${port}/api/inferences/${id}/suggestions?count=100`)).arrayBuffer();
  const suggesting = (performance.now() - asked) / 1000;
  console.log(
    `\n100 suggestions out of all frames: ${suggesting.toFixed(1)} s, peak ${(memory().VmHWM / MiB).toFixed(0)} MiB`,
  );
  cases.push({ case: 'suggestions', frames: FRAMES, seconds: suggesting, rss_peak: memory().VmHWM });
  await saveResult({ name: 'export', device: 'none', cases });
} finally {
  api.kill('SIGTERM');
  await once(api, 'exit');
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

async function measure(id: number, name: string): Promise<object> {
  const url = `http://127.0.0.1:${port}/api/inferences/${id}/${name}`;
  const before = memory().VmRSS;
  // From here on the largest is that of this file.
  writeFileSync(`/proc/${api.pid}/clear_refs`, '5');
  const started = performance.now();
  const response = await fetch(url);
  let [bytes, first] = [0, 0];
  for await (const piece of response.body!) {
    first ||= performance.now() - started;
    bytes += piece.length;
  }
  const seconds = (performance.now() - started) / 1000;
  const peak = memory().VmHWM;
  const asked = performance.now();
  const end = await fetch(url, { headers: { Range: 'bytes=-500' } });
  await end.arrayBuffer();
  const endMs = performance.now() - asked;
  if (!response.ok || end.status !== 206) throw new Error(`${name}: ${response.status}, ${end.status}`);
  const row = [bytes / 1e6, seconds, bytes / 1e6 / seconds, first, before / MiB, peak / MiB, endMs];
  console.log(`| ${[name, ...row.map(value => value.toPrecision(3))].join(' | ')} |`);
  return {
    case: name,
    frames: FRAMES,
    bytes,
    seconds,
    first_ms: first,
    rss_before: before,
    rss_peak: peak,
    end_ms: endMs,
  };
}

/** Of the API process, in bytes. */
function memory(): { VmRSS: number; VmHWM: number } {
  const status = readFileSync(`/proc/${api.pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]);
  return { VmRSS: kilobytes('VmRSS') * 1024, VmHWM: kilobytes('VmHWM') * 1024 };
}

/** @returns the results_id, once the API answers. */
async function storePredictions(): Promise<number> {
  const client = openClient(database.url, { name: 'bench', connections: 2 });
  const { db } = client;
  const names = Array.from({ length: KEYPOINTS }, (_, k) => `keypoint ${k}`);
  const edges = names.slice(1).map((_, k): [number, number] => [k, k + 1]);
  const [model] = await db
    .insert(models)
    .values({ trainingConfig: {}, seed: 1, skeleton: { keypoints: names, edges } })
    .returning();
  const [video] = await db.insert(blobs).values({ sha256: 'none' }).returning();
  const about = {
    widthPx: 1280,
    heightPx: 1024,
    fps: 250,
    frames: FRAMES,
    codec: 'h264',
    rotationDegrees: 0,
    variableRate: false,
  };
  const [inference] = await db
    .insert(inferences)
    .values({ modelUid: model!.uid, videoBlob: video!.id, fileName: 'mouse.mp4', video: about })
    .returning();
  const inferenceId = inference!.id;
  const ended = { state: 'succeeded', phase: 'done', finishedAt: new Date(), maxAttempts: 3 } as const;
  await db.insert(tasks).values({ kind: 'infer', modelUid: model!.uid, inferenceId, ...ended });
  for (let firstFrame = 0; firstFrame < FRAMES; firstFrame += RUN_FRAMES) {
    const run = runFrom(firstFrame, Math.min(RUN_FRAMES, FRAMES - firstFrame));
    await db.insert(predictionChunks).values({ inferenceId, firstFrame, ...run });
  }
  await client.close();
  for (const deadline = Date.now() + 30_000; ; await sleep(100)) {
    const answers = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return inferenceId;
    if (Date.now() > deadline) throw new Error('The API does not answer.');
  }
}

function runFrom(firstFrame: number, frames: number) {
  const points = new Float32Array(frames * KEYPOINTS * 3);
  const times = Float64Array.from({ length: frames }, (_, i) => (firstFrame + i) / 250);
  let found = 0;
  for (let i = 0, at = 0; i < frames; i++) {
    const isFound = (firstFrame + i) % 11 !== 0;
    if (isFound) found++;
    for (let k = 0; k < KEYPOINTS; k++) {
      const isHere = isFound && Math.random() > 0.05;
      points[at++] = isHere ? Math.random() * 1280 : Number.NaN;
      points[at++] = isHere ? Math.random() * 1024 : Number.NaN;
      points[at++] = isHere ? 0.2 + 0.8 * Math.random() : 0.2 * Math.random();
    }
  }
  return { frames, found, points: new Uint8Array(points.buffer), times: new Uint8Array(times.buffer) };
}
