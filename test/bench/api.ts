/**
 * `npm run bench -- api`: what a client and an operator feel of the API, with API and Postgres as processes of their own.
 *
 * learning-stats and model-info beside a bare route with one query, in turns, so that both meet the same machine; a base64 body decoded; a raw
 * upload into Postgres beside a loop that inserts chunks; the queue alone.
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openClient } from '../../src/db/client.ts';
import { startEmbedded } from '../../src/db/embedded.ts';
import { freePort } from '../../src/db/free-port.ts';
import { migrateDatabase } from '../../src/db/migrate.ts';
import { epochs, models } from '../../src/db/schema.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { type Load, load } from './api/load.ts';
import { latency, throughput } from './api/queue.ts';
import { insertChunks, upload } from './api/uploads.ts';
import { argumentsOf, median, saveResult } from './results.ts';

const SECONDS = Number(argumentsOf('api')[0] ?? 4);
const TURNS = 3;
const CONNECTIONS = 16;
const EPOCHS = 20;
const UPLOAD_BYTES = 300e6;
const BASE64_FILE_BYTES = 500e6;

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'bench-api-'));
const database = await startEmbedded(folder, { settings: { fsync: 'off' } });
await migrateDatabase(database.url);
const client = openClient(database.url, { connections: 8, name: 'bench' });
const processes: ChildProcess[] = [];
const cases: object[] = [];
try {
  const api = await start(path('../../src/serve/node.ts'), '/healthz');
  const uid = await trainedModel();
  const bare = await start(path('./api/bare.ts'), `/models/${uid}`);
  console.log('\n| | p50, ms | p99, ms | requests/s | to a bare route |\n|---|---|---|---|---|');
  await compare('learning-stats', `${api}/api/learning-stats?model_uid=${uid}`, `${bare}/models/${uid}`);
  await compare('model-info', `${api}/api/model-info?model_uid=${uid}`, `${bare}/models/${uid}`);
  await uploads(api);
  decoding();
  await queue();
  await saveResult({ name: 'api', device: 'none', cases });
} finally {
  for (const child of processes) child.kill('SIGTERM');
  await Promise.all(processes.map(child => once(child, 'exit')));
  await client.close();
  await database.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

/** @returns the address of a server that answers on `probe`. */
async function start(entry: string, probe: string): Promise<string> {
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: database.url, PORT: String(port), LOG_LEVEL: 'error' };
  processes.push(
    fork(entry, { env, execArgv: ['--max-semi-space-size=4', '--max-old-space-size=1024', '--import', 'tsx'] }),
  );
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const answered = await fetch(url + probe).then(
      response => response.ok,
      () => false,
    );
    if (answered) return url;
    await sleep(50);
  }
}

async function trainedModel(): Promise<string> {
  const config = { test_fraction: 0.2, num_epochs: EPOCHS, learning_rate: 1e-4, backbone_model: 'unet' };
  const [model] = await client.db.insert(models).values({ trainingConfig: config, seed: 1 }).returning();
  await enqueueTask(client.db, { kind: 'train', modelUid: model!.uid, maxAttempts: 3 });
  const rows = Array.from({ length: EPOCHS }, (_, epoch) => ({
    ...{ modelUid: model!.uid, epoch, loss: 1 / (epoch + 3), valLoss: 1 / (epoch + 2), lr: 1e-4, seconds: 3.7 },
  }));
  await client.db.insert(epochs).values(rows);
  return model!.uid;
}

async function compare(name: string, ours: string, theirs: string): Promise<void> {
  for (const url of [ours, theirs]) await load(url, CONNECTIONS, 1);
  const runs: [Load, Load][] = [];
  for (let turn = 0; turn < TURNS; turn++)
    runs.push([await load(ours, CONNECTIONS, SECONDS), await load(theirs, CONNECTIONS, SECONDS)]);
  const middle = (side: 0 | 1, figure: keyof Load) => median(runs.map(run => run[side][figure]));
  const ratio = median(runs.map(([our, their]) => our.perSecond / their.perSecond));
  for (const [label, side] of [
    [name, 0],
    [`bare route beside ${name}`, 1],
  ] as const) {
    const row = { p50: middle(side, 'p50Ms'), p99: middle(side, 'p99Ms'), rps: middle(side, 'perSecond') };
    const compared = side === 0 ? `${ratio.toFixed(2)} ×` : '';
    console.log(`| ${label} | ${row.p50.toFixed(1)} | ${row.p99.toFixed(1)} | ${row.rps.toFixed(0)} | ${compared} |`);
    cases.push({ case: label, what: 'GET, 16 connections', ...row, ...(side === 0 ? { ratio } : {}) });
  }
}

async function uploads(api: string): Promise<void> {
  const runs: [number, number][] = [];
  for (let turn = 0; turn < TURNS; turn++)
    runs.push([await upload(api, UPLOAD_BYTES, turn), await insertChunks(client, UPLOAD_BYTES, turn)]);
  const ours = median(runs.map(run => run[0]));
  const theirs = median(runs.map(run => run[1]));
  const ratio = median(runs.map(([our, their]) => our / their));
  console.log(
    `\nraw upload of 300 MB: ${ours.toFixed(0)} MB/s; chunks inserted: ${theirs.toFixed(0)} MB/s; ${ratio.toFixed(2)} ×`,
  );
  cases.push({ case: 'raw upload', mb_per_second: ours, peer_mb_per_second: theirs, ratio });
}

function decoding(): void {
  const runs = Array.from({ length: TURNS }, () =>
    JSON.parse(
      execFileSync(
        process.execPath,
        [
          '--max-semi-space-size=4',
          '--max-old-space-size=1024',
          '--import',
          'tsx',
          path('./api/base64.ts'),
          String(BASE64_FILE_BYTES),
        ],
        { encoding: 'utf8' },
      ),
    ),
  );
  const speed = median(runs.map(run => run.mbPerSecond));
  const extra = median(runs.map(run => run.extraMb));
  console.log(`base64 body of 500 MB: ${speed.toFixed(0)} MB/s decoded with ${extra.toFixed(0)} MB of extra memory`);
  cases.push({ case: 'base64 body', mb_per_second: speed, extra_mb: extra });
}

async function queue(): Promise<void> {
  const { p50Ms, p99Ms } = await latency(client, 300);
  console.log(`queued to begun: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`);
  cases.push({ case: 'queued to begun', p50: p50Ms, p99: p99Ms });
  const perSecond = await throughput(client, 3000, 4);
  console.log(`claimed and settled: ${perSecond.toFixed(0)} tasks/s by 4 workers out of 3000\n`);
  cases.push({ case: 'claimed and settled', tasks_per_second: perSecond });
}
