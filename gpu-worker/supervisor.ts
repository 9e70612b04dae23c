/**
 * The worker's outer half: claims tasks, keeps their leases alive while the process that runs them is busy, relays stop and cancel, settles.
 *
 * It does nothing heavy itself, so its clock keeps ticking during a long step. It must always end a claim in one of settleTask's ways or
 * lose the lease: be careful about what can throw between claim and settle.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import type { Config } from '../src/config.ts';
import type { TaskControl, TaskKind } from '../src/contract/task.ts';
import type { Client } from '../src/db/client.ts';
import { workers } from '../src/db/schema-queue.ts';
import { AppError } from '../src/errors.ts';
import { logger } from '../src/log.ts';
import { type ClaimedTask, claimTask } from '../src/queue/claim.ts';
import { renewLease } from '../src/queue/lease.ts';
import { listen } from '../src/queue/listen.ts';
import { type Outcome, settleTask } from '../src/queue/settle.ts';
import { CancelDeadline } from './cancel-deadline.ts';
import type { RunningTask, TaskProcess } from './forked-process.ts';
import type { Lane } from './lanes.ts';
import type { Ending } from './protocol.ts';

/** How often a change of phase or progress is written down, at most. */
const STATUS_INTERVAL_MS = 1000;
const RETRY_MS = 1000;

const log = logger('worker');

export class Supervisor {
  readonly #client: Client;
  readonly #config: Config;
  readonly #process: TaskProcess;
  readonly #name: string;
  readonly #kinds: readonly TaskKind[];
  readonly #isListed: boolean;
  #draining = false;
  #forced = false;
  /** In words; undefined: it computes on none. */
  #device: string | undefined;
  #running: RunningTask | null = null;
  #taskId: string | null = null;
  /** A notification came since the tables were last looked at. */
  #hinted = false;
  /** Ends the present pause. */
  #endPause = () => {};

  constructor(client: Client, config: Config, { name, kinds, process, isListed }: Lane) {
    this.#client = client;
    this.#config = config;
    this.#process = process;
    this.#name = name;
    this.#kinds = kinds;
    this.#isListed = isListed;
  }

  /** Works until drain() is called. @throws AppError device_unavailable when there is nothing to compute on. */
  async run(): Promise<void> {
    const device = await this.#process.start();
    const { db } = this.#client;
    if (this.#isListed) this.#device = device;
    if (this.#isListed) await db.insert(workers).values({ name: this.#name, device });
    const unlisten = await listen(this.#client.sql, 'work', () => this.#wake());
    const pulse = setInterval(() => void this.#showAlive(), (this.#config.LEASE_SECONDS * 1000) / 4);
    if (this.#isListed) log.info('Worker {name} is ready: {device}', { name: this.#name, device });
    try {
      while (!this.#draining) {
        this.#hinted = false;
        const task = (await this.#processIsUp()) ? await this.#claim() : null;
        if (task) await this.#work(task);
        else await this.#pause(this.#config.POLL_SECONDS * 1000);
      }
    } finally {
      clearInterval(pulse);
      this.#process.kill();
      await unlisten();
      await db.delete(workers).where(eq(workers.name, this.#name));
    }
  }

  /**
   * First call: claim nothing more and give the running task back after its present batch. Second call, or DRAIN_SECONDS later: end the
   * process at once; the task goes on elsewhere from its last checkpoint.
   */
  drain(): void {
    if (this.#draining) {
      this.#forced = true;
      this.#process.kill();
    } else {
      this.#draining = true;
      this.#running?.request('release');
      setTimeout(() => this.drain(), this.#config.DRAIN_SECONDS * 1000).unref();
    }
    this.#wake();
  }

  /** Starts the process again where it died, before a task is claimed: a host without its device takes no work. */
  async #processIsUp(): Promise<boolean> {
    if (this.#process.isUp) return true;
    try {
      await this.#process.start();
      return true;
    } catch (error) {
      log.error('The process of {name} does not start: {error}', { name: this.#name, error });
      return false;
    }
  }

  async #claim(): Promise<ClaimedTask | null> {
    try {
      return await claimTask(this.#client.db, {
        worker: this.#name,
        ...(this.#device !== undefined && { device: this.#device }),
        kinds: this.#kinds,
        leaseSeconds: this.#config.LEASE_SECONDS,
      });
    } catch (error) {
      log.warning('Could not ask for work: {error}', { error });
      return null;
    }
  }

  async #work(task: ClaimedTask): Promise<void> {
    const about = {
      ...{ task: task.lease.taskId, kind: task.kind, attempt: task.attempt },
      subject: task.modelUid === null ? `check ${task.checkId}` : `model ${task.modelUid}`,
    };
    log.info('Task {task} ({kind}, {subject}, attempt {attempt}) begins', about);
    this.#taskId = task.lease.taskId;
    this.#running = this.#process.run(task);
    if (this.#draining) this.#running.request('release');
    let ending = await this.#keepAlive(task, this.#running);
    const { progress } = this.#running.status;
    this.#running = null;
    this.#taskId = null;
    if (this.#forced && ending.end === 'crashed') ending = { end: 'released' };
    log.info('Task {task} {end}', { task: task.lease.taskId, end: ending.end });
    if (ending.end !== 'lost') await this.#settle(task, ending.end === 'succeeded' ? { ...ending, progress } : ending);
    // A heap that once was full stays as large as it got, and nobody knows what was written when it was.
    if (ending.end === 'failed' && ending.error.code === 'out_of_memory') this.#process.kill();
    // A device that keeps failing must not burn through every queued task in a second.
    if (ending.end === 'crashed') await this.#pause(RETRY_MS);
  }

  /** Renews until the task has ended; relays what a person asked for, and sees to it that a cancel is obeyed. */
  async #keepAlive(task: ClaimedTask, running: RunningTask): Promise<Ending> {
    const deadline = new CancelDeadline(() => {
      log.info('Task {task} is canceled by ending its process', { task: task.lease.taskId });
      this.#process.kill();
    });
    if (task.control === 'cancel') deadline.begin();
    // At once, so that what comes after this task is not hit.
    void running.ended.then(() => deadline.clear());
    const ending = await this.#renewUntilEnded(task, running, control => {
      running.request(control);
      if (control === 'cancel') deadline.begin();
    });
    return ending.end === 'crashed' && deadline.passed ? { end: 'canceled' } : ending;
  }

  async #renewUntilEnded(
    task: ClaimedTask,
    running: RunningTask,
    relay: (control: TaskControl) => void,
  ): Promise<Ending> {
    let ending: Ending | null = null;
    const ended = running.ended.then(value => {
      ending = value;
      this.#wake();
      return value;
    });
    let told: TaskControl | null = task.control;
    let renewedAt = Date.now();
    let shown = '';
    while (ending === null) {
      await this.#pause(STATUS_INTERVAL_MS);
      if (ending !== null) break;
      const status = JSON.stringify(running.status);
      const due = Date.now() - renewedAt > (this.#config.LEASE_SECONDS * 1000) / 4;
      try {
        // A hint may be a stop or a cancel: renewing is also how it is read.
        if (status !== shown || due || this.#hinted) {
          this.#hinted = false;
          const { control } = await renewLease(this.#client.db, task.lease, {
            ...running.status,
            leaseSeconds: this.#config.LEASE_SECONDS,
          });
          renewedAt = Date.now();
          shown = status;
          if (control !== null && control !== told) relay(control);
          told = control;
        }
      } catch (error) {
        if (error instanceof AppError && error.code === 'lease_lost') {
          log.warning('Task {task} was lost to another worker or ended by request', { task: task.lease.taskId });
          this.#process.kill();
          await ended;
          return { end: 'lost' };
        }
        log.warning('Could not renew the lease of task {task}: {error}', { task: task.lease.taskId, error });
      }
    }
    return ended;
  }

  /** Tries until it is written down, or until the lease is no longer ours. */
  async #settle(task: ClaimedTask, outcome: Outcome): Promise<void> {
    for (;;) {
      try {
        return await settleTask(this.#client.db, task.lease, outcome);
      } catch (error) {
        if (error instanceof AppError && error.code === 'lease_lost') {
          return log.warning('Task {task} ended after its lease was lost', { task: task.lease.taskId });
        }
        log.warning('Could not settle task {task}, trying again: {error}', { task: task.lease.taskId, error });
        if (this.#forced) return;
        await sleep(RETRY_MS);
      }
    }
  }

  #wake(): void {
    this.#hinted = true;
    this.#endPause();
  }

  #pause(ms: number): Promise<void> {
    if (this.#hinted) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #showAlive(): Promise<void> {
    if (!this.#isListed) return;
    try {
      await this.#client.db
        .update(workers)
        .set({ seenAt: sql`now()`, taskId: this.#taskId })
        .where(eq(workers.name, this.#name));
    } catch (error) {
      log.warning('Could not show that this worker is alive: {error}', { error });
    }
  }
}
