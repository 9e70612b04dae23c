/**
 * The compute process: owns the device, runs one task at a time, and may crash without taking the worker with it.
 * It writes a task's data (epoch rows, weights, predictions) under the task's lease; the queue itself is the supervisor's.
 */
import { mkdir, rm } from 'node:fs/promises';
import { PostgresBlobStore } from '../src/blobs/postgres-store.ts';
import { readConfig } from '../src/config.ts';
import type { Environment } from '../src/contract/portable-model.ts';
import type { TaskError, TaskKind } from '../src/contract/task.ts';
import { openClient } from '../src/db/client.ts';
import { AppError, type ErrorCode, messageOf } from '../src/errors.ts';
import { configureLog, logger } from '../src/log.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';
import { runCheck } from './check/task.ts';
import { openDevice } from './device/open.ts';
import { environmentOn } from './environment.ts';
import { runImport } from './import/task.ts';
import { PredictorCache } from './infer/predictor-cache.ts';
import { runInference } from './infer/task.ts';
import { runOverlay } from './overlay/task.ts';
import type { Ending, FromCompute, Request, ToCompute } from './protocol.ts';
import { Interrupted, type TaskContext, type TaskResult } from './task-context.ts';
import { runTraining } from './train/task.ts';

const RUN: Record<TaskKind, (ctx: TaskContext) => Promise<TaskResult>> = {
  train: runTraining,
  infer: runInference,
  import: runImport,
  overlay: runOverlay,
  check: runCheck,
};
/** Codes after which the same task may well succeed on another attempt, in a fresh process. */
const WORTH_A_RETRY: ReadonlySet<ErrorCode> = new Set(['device_lost', 'database_unavailable', 'internal']);
/** A later request replaces an earlier one only if it is stronger. */
const STRENGTH: Record<Request, number> = { release: 0, stop: 1, cancel: 2 };

const config = readConfig(process.env);
await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
const log = logger('compute');
const client = openClient(config.DATABASE_URL!, { connections: 4, name: 'sleap compute' });
const blobs = new PostgresBlobStore(client.sql);
const predictors = new PredictorCache();

/** Known before the first task comes. */
let environment: Environment;
let running: { request: Request | null; abort: AbortController } | null = null;

// Ctrl-C reaches the whole process group; only the supervisor may decide what it means for a running task.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// The supervisor is gone: so is our lease, soon. What we hold on to is memory.
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToCompute) => {
  if (message.type === 'request') ask(message.request);
  else void run(message.task, message.scratchDir);
});

try {
  const { BACKEND: backend, GPU_ADAPTER: adapterName, GPU_MEMORY_MB: mebibytes, CPU_THREADS: threads } = config;
  const device = await openDevice(backend, {
    onFatal: error => giveUp(error),
    ...(adapterName !== undefined && { adapterName }),
    ...(threads !== undefined && { threads }),
    ...(mebibytes !== undefined && { gpuMemoryBytes: mebibytes * 2 ** 20 }),
  });
  environment = environmentOn(device.description);
  send({ type: 'ready', device: device.description });
} catch (error) {
  giveUp(error);
}

async function run(task: ClaimedTask, scratchDir: string): Promise<void> {
  const abort = new AbortController();
  running = { request: null, abort };
  if (task.control) ask(task.control);
  const ctx: TaskContext = {
    task,
    db: client.db,
    blobs,
    config,
    environment,
    predictors,
    scratchDir,
    signal: abort.signal,
    report: (phase, progress) => send({ type: 'status', phase, progress: progress ?? null }),
    requested: () => running?.request ?? null,
  };
  let ending: Ending;
  try {
    await mkdir(scratchDir, { recursive: true });
    // A training needs all the memory there is.
    if (task.kind === 'train' || task.kind === 'import') predictors.clear();
    ending = await RUN[task.kind](ctx);
  } catch (error) {
    ending = endingOf(error);
    // An expected failure has its sentence in the task; a stack is worth its lines only where it tells of a defect.
    if (ending.end === 'crashed') log.error('Task {task} crashed: {error}', { task: task.lease.taskId, error });
    if (ending.end === 'failed')
      log.warning('Task {task} failed: {why}', { task: task.lease.taskId, why: ending.error.message });
  } finally {
    await rm(scratchDir, { recursive: true, force: true });
    running = null;
  }
  send({ type: 'ended', ending });
}

function ask(request: Request): void {
  if (!running || (running.request !== null && STRENGTH[running.request] >= STRENGTH[request])) return;
  running.request = request;
  if (request !== 'stop') running.abort.abort();
}

function endingOf(error: unknown): Ending {
  if (error instanceof Interrupted) return { end: error.ending };
  // Unpacking or decoding that was told to leave throws whatever its library throws.
  if (running?.abort.signal.aborted) return { end: running.request === 'cancel' ? 'canceled' : 'released' };
  if (error instanceof AppError && error.code === 'lease_lost') return { end: 'lost' };
  const told = taskError(error);
  return { end: WORTH_A_RETRY.has(told.code) ? 'crashed' : 'failed', error: told };
}

function taskError(error: unknown): TaskError & { code: ErrorCode } {
  if (error instanceof AppError) return { code: error.code, message: error.message, remedy: error.remedy };
  return {
    code: 'internal',
    message: `Something unexpected went wrong: ${messageOf(error)}`,
    remedy: "This is a defect: please report it with the worker's log.",
  };
}

/** The device is of no use any more: say why and end the process; the supervisor starts a fresh one. */
function giveUp(error: unknown): void {
  log.error('The compute process gives up: {error}', { error });
  process.send!({ type: 'unusable', error: taskError(error) } satisfies FromCompute, () => process.exit(1));
}

function send(message: FromCompute): void {
  // Nobody hears us: the supervisor is gone, and 'disconnect' may come later than the next message.
  process.send!(message, (error: Error | null) => {
    if (error) process.exit(1);
  });
}
