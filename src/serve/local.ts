/**
 * `npm start`: the whole service on one machine. Database (embedded, unless DATABASE_URL is set), API and page, WORKERS workers.
 * Ctrl-C or SIGTERM stops all of it in order: workers give their tasks back, the API closes, the database shuts down last.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '../config.ts';
import { type EmbeddedPostgres, startEmbedded } from '../db/embedded.ts';
import { AppError } from '../errors.ts';
import { faultOfListening } from '../listening.ts';
import { configureLog, logger } from '../log.ts';
import { serveApi } from './node.ts';
import { portError, type RunningApi } from './process.ts';

const WORKER_ENTRY = fileURLToPath(new URL('../../gpu-worker/start.mjs', import.meta.url));
const RESTART_MS = 3000;
const log = logger('start');

let database: EmbeddedPostgres | null = null;
let api: RunningApi | null = null;
const workers = new Set<ChildProcess>();
let stopping = false;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void (stopping ? forceStop() : stop(0)));

try {
  const config = readConfig(process.env);
  await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
  // Before a database is made for a service that cannot answer.
  const fault = await faultOfListening(config.HOST, config.PORT);
  if (fault !== null) throw portError(fault, config);
  const startedAfter = new Date();
  if (!config.DATABASE_URL) {
    database = await startEmbedded(config.DATA_DIR);
    log.info(database.adopted ? 'Found the running database in {dir}' : 'Database started in {dir}', {
      dir: config.DATA_DIR,
    });
  }
  void database?.ended.then(() => {
    if (stopping) return;
    log.error('The database ended; see postgres.log in {dir}', { dir: config.DATA_DIR });
    void stop(1);
  });
  const databaseUrl = config.DATABASE_URL ?? database!.url;
  api = await serveApi(config, databaseUrl, { count: config.WORKERS, startedAfter });
  for (let i = 0; i < config.WORKERS; i++) startWorker(config, databaseUrl);
  log.info('SLEAP microservice: {url} (page and API). Ctrl-C stops it.', { url: api.url });
} catch (error) {
  console.error(error instanceof AppError ? [error.message, error.remedy].filter(Boolean).join(' ') : error);
  await stop(1);
}

function startWorker(config: Config, databaseUrl: string): void {
  if (stopping) return;
  const worker = fork(WORKER_ENTRY, {
    env: { ...process.env, DATABASE_URL: databaseUrl, DATA_DIR: config.DATA_DIR },
    // Neither this process's loader nor its limits of memory.
    execArgv: [],
    // Ctrl-C is for this process; it tells the workers itself.
    detached: true,
  });
  workers.add(worker);
  worker.once('exit', code => {
    workers.delete(worker);
    if (stopping) return;
    log.error('A worker ended (code {code}); starting another', { code });
    setTimeout(() => startWorker(config, databaseUrl), RESTART_MS);
  });
}

async function stop(code: number): Promise<void> {
  stopping = true;
  if (workers.size > 0) log.info('Stopping: waiting for the running batch. Ctrl-C again to stop at once.');
  await Promise.all(
    [...workers].map(worker => {
      worker.kill('SIGTERM');
      return worker.exitCode === null && worker.signalCode === null ? once(worker, 'exit') : null;
    }),
  );
  await api?.close();
  await database?.stop();
  process.exit(code);
}

function forceStop(): void {
  for (const worker of workers) worker.kill('SIGTERM');
}
