/** What a task gets to work with, and what it may be asked between two batches. */
import type { BlobStore } from '../src/blobs/blob-store.ts';
import type { Config } from '../src/config.ts';
import type { Environment } from '../src/contract/portable-model.ts';
import type { Phase, Progress } from '../src/contract/task.ts';
import type { LogLevel } from '../src/contract/task-log.ts';
import type { Database } from '../src/db/client.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';
import type { PredictorCache } from './infer/predictor-cache.ts';
import type { Request } from './protocol.ts';

export interface TaskContext {
  task: ClaimedTask;
  db: Database;
  blobs: BlobStore;
  config: Config;
  /** An empty folder of this task's own; removed afterwards. */
  scratchDir: string;
  /** Shows where the work stands. Cheap: the supervisor writes it down at most once a second. */
  report(phase: Phase, progress?: Progress): void;
  /** A sentence for the task's log. Nobody waits for it; a warning that belongs to the result is addWarning's. */
  log(level: LogLevel, message: string): void;
  /** What was asked so far: the strongest of release, stop and cancel. Read it between batches. */
  requested(): Request | null;
  /** Fires with any request but stop, which lets the task end in good order: for unpacking, decoding and other long waits. */
  signal: AbortSignal;
}

/** The same in the process that owns the device. */
export interface ComputeContext extends TaskContext {
  /** Of this process. */
  environment: Environment;
  /** Of this process: the last predictor, for the next video of the same model. */
  predictors: PredictorCache;
}

/** How a task that was not interrupted by an error ends. */
export type TaskResult = { end: 'succeeded'; stoppedEarly: boolean } | { end: 'canceled' } | { end: 'released' };

/** Thrown inside a task to leave it on request; `ending` says how. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly ending: 'canceled' | 'released';

  constructor(ending: 'canceled' | 'released') {
    super(`The task was ${ending}.`);
    this.ending = ending;
  }
}

/** @throws Interrupted when a cancel or a release was asked for. */
export function leaveIfAsked(ctx: Pick<TaskContext, 'requested'>): void {
  const request = ctx.requested();
  if (request === 'cancel') throw new Interrupted('canceled');
  if (request === 'release') throw new Interrupted('released');
}

/**
 * Lets messages and timers through; between batches, since a step on the CPU holds the thread. Two turns of the event loop: where the caller was woken up
 * by a message itself, such as one of a thread that draws examples, the first is the rest of that turn, which looks for no further ones.
 */
export function breathe(): Promise<void> {
  return new Promise(resolve => setImmediate(() => setImmediate(resolve)));
}
