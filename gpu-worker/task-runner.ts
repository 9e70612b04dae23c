/**
 * The inner half of a worker's process: takes tasks from the supervisor, one at a time, runs each, and says how it ended.
 * What a kind of task needs and does is the entry's (compute.ts, reading.ts); the queue itself is the supervisor's.
 */
import { mkdir, rm } from 'node:fs/promises';
import { openBlobStore } from '../src/blobs/open-store.ts';
import type { Config } from '../src/config.ts';
import type { TaskError } from '../src/contract/task.ts';
import { openClient } from '../src/db/client.ts';
import { AppError, type ErrorCode, messageOf } from '../src/errors.ts';
import { logger } from '../src/log.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';
import { addToLog } from '../src/queue/lease.ts';
import type { Ending, FromProcess, Request, ToProcess } from './protocol.ts';
import { Interrupted, type TaskContext, type TaskResult } from './task-context.ts';
import { TaskLog } from './task-log.ts';

/** Codes after which the same task may well succeed on another attempt, in a fresh process. */
const WORTH_A_RETRY: ReadonlySet<ErrorCode> = new Set([
  'device_lost',
  'database_unavailable',
  'storage_unavailable',
  'internal',
]);
/** A later request replaces an earlier one only if it is stronger. */
const STRENGTH: Record<Request, number> = { release: 0, stop: 1, cancel: 2 };

export class TaskRunner {
  readonly #config: Config;
  readonly #run: (ctx: TaskContext) => Promise<TaskResult>;
  readonly #log: ReturnType<typeof logger>;
  readonly #client: ReturnType<typeof openClient>;
  #running: { request: Request | null; abort: AbortController } | null = null;

  /**
   * Listens to the supervisor from now on.
   * @param name of the process, in logs and to the database.
   * @param run a task from claim to end; what it throws decides how the task ends.
   */
  constructor(config: Config, name: string, run: (ctx: TaskContext) => Promise<TaskResult>) {
    this.#config = config;
    this.#run = run;
    this.#log = logger(name);
    this.#client = openClient(config.DATABASE_URL!, { connections: 4, name: `sleap ${name}` });
    // Ctrl-C reaches the whole process group; only the supervisor may decide what it means for a running task.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => {});
    // The supervisor is gone: so is our lease, soon. What we hold on to is memory.
    process.on('disconnect', () => process.exit(1));
    process.on('message', (message: ToProcess) => {
      if (message.type === 'request') this.#ask(message.request);
      else void this.#work(message.task, message.scratchDir);
    });
  }

  /** Tells the supervisor that tasks may come. @param device in words. */
  ready(device: string): void {
    send({ type: 'ready', device });
  }

  /** What the process needs is of no use any more: say why and end it; the supervisor starts a fresh one. */
  giveUp(error: unknown): void {
    this.#log.error('The process gives up: {error}', { error });
    process.send!({ type: 'unusable', error: taskError(error) } satisfies FromProcess, () => process.exit(1));
  }

  async #work(task: ClaimedTask, scratchDir: string): Promise<void> {
    const abort = new AbortController();
    this.#running = { request: null, abort };
    if (task.control) this.#ask(task.control);
    const taskLog = new TaskLog(lines => addToLog(this.#client.db, task.lease, lines));
    const ctx: TaskContext = {
      task,
      db: this.#client.db,
      blobs: openBlobStore(this.#config, this.#client.sql),
      config: this.#config,
      scratchDir,
      signal: abort.signal,
      report: (phase, progress) => {
        taskLog.phase(phase);
        send({ type: 'status', phase, progress: progress ?? null });
      },
      log: (level, message) => taskLog.add(level, message),
      requested: () => this.#running?.request ?? null,
    };
    let ending: Ending;
    try {
      await mkdir(scratchDir, { recursive: true });
      ending = await this.#run(ctx);
    } catch (error) {
      ending = this.#endingOf(error);
      // An expected failure has its sentence in the task; a stack is worth its lines only where it tells of a defect.
      if (ending.end === 'crashed') this.#log.error('Task {task} crashed: {error}', { task: task.lease.taskId, error });
      if (ending.end === 'failed')
        this.#log.warning('Task {task} failed: {why}', { task: task.lease.taskId, why: ending.error.message });
    } finally {
      await taskLog.settled();
      await rm(scratchDir, { recursive: true, force: true });
      this.#running = null;
    }
    send({ type: 'ended', ending });
  }

  #ask(request: Request): void {
    const running = this.#running;
    if (!running || (running.request !== null && STRENGTH[running.request] >= STRENGTH[request])) return;
    running.request = request;
    if (request !== 'stop') running.abort.abort();
  }

  #endingOf(error: unknown): Ending {
    if (error instanceof Interrupted) return { end: error.ending };
    // Unpacking or decoding that was told to leave throws whatever its library throws.
    if (this.#running?.abort.signal.aborted)
      return { end: this.#running.request === 'cancel' ? 'canceled' : 'released' };
    if (error instanceof AppError && error.code === 'lease_lost') return { end: 'lost' };
    const told = taskError(error);
    return { end: WORTH_A_RETRY.has(told.code) ? 'crashed' : 'failed', error: told };
  }
}

function taskError(error: unknown): TaskError & { code: ErrorCode } {
  if (error instanceof AppError) return { code: error.code, message: error.message, remedy: error.remedy };
  return {
    code: 'internal',
    message: `Something unexpected went wrong: ${messageOf(error)}`,
    remedy: "This is a defect: please report it with the worker's log.",
  };
}

function send(message: FromProcess): void {
  // Nobody hears us: the supervisor is gone, and 'disconnect' may come later than the next message.
  process.send!(message, (error: Error | null) => {
    if (error) process.exit(1);
  });
}
