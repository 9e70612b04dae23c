/**
 * The supervisor's handle on a process that runs its tasks, such as the compute process: starts it, hands it a task, hears how the task
 * goes and how it ends, whatever happens to the process meanwhile.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Phase, Progress, TaskError } from '../src/contract/task.ts';
import { AppError, type ErrorCode } from '../src/errors.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';
import { type EntryName, processCode } from './process-code.ts';
import type { Ending, FromProcess, Request, ToProcess } from './protocol.ts';

export interface RunningTask {
  /** What it last reported. */
  status: { phase: Phase; progress: Progress | null };
  /** Never rejects. */
  ended: Promise<Ending>;
  request(request: Request): void;
}

/** What a supervisor needs of it. */
export interface TaskProcess {
  /** @returns what it runs on, in words. @throws AppError with the process's own reason, such as device_unavailable. */
  start(): Promise<string>;
  readonly isUp: boolean;
  /** Hands it a task; it must be idle. */
  run(task: ClaimedTask): RunningTask;
  /** Ends the process at once; a running task ends as crashed. */
  kill(): void;
}

export interface ProcessEntry {
  name: EntryName;
  /** Node's own arguments, beside those that this process has. */
  execArgv(): Promise<string[]>;
}

export class ForkedProcess implements TaskProcess {
  readonly #entry: ProcessEntry;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #scratchDir: string;
  #child: ChildProcess | null = null;
  #current: { onMessage(message: FromProcess): void; onExit(how: string): void } | null = null;

  /** @param scratchDir for this supervisor alone; emptied before each start. */
  constructor(entry: ProcessEntry, environment: NodeJS.ProcessEnv, scratchDir: string) {
    this.#entry = entry;
    this.#environment = environment;
    this.#scratchDir = scratchDir;
  }

  async start(): Promise<string> {
    await rm(this.#scratchDir, { recursive: true, force: true });
    const code = await processCode(this.#entry.name, join(dirname(this.#scratchDir), 'code'));
    const execArgv = [...withoutTsx(process.execArgv), '--enable-source-maps', ...(await this.#entry.execArgv())];
    return new Promise((resolve, reject) => {
      let reason: TaskError | null = null;
      this.#current = {
        onMessage: message => {
          if (message.type === 'ready') resolve(message.device);
          if (message.type === 'unusable') reason = message.error;
        },
        onExit: how => {
          const code = (reason?.code as ErrorCode | undefined) ?? 'internal';
          reject(
            new AppError(
              code,
              reason?.message ?? `The ${this.#entry.name} process did not start: it ${how}.`,
              reason?.remedy ? { remedy: reason.remedy } : {},
            ),
          );
        },
      };
      // detached: a signal to the worker's process group must not end the task before the supervisor has settled it.
      const child = fork(code, { env: this.#environment, execArgv, detached: true });
      child.on('message', message => this.#current?.onMessage(message as FromProcess));
      child.once('error', error => this.#lost(child, `could not be started: ${error.message}`));
      child.once('exit', (code, signal) =>
        this.#lost(child, signal ? `was killed by ${signal}` : `ended with code ${code}`),
      );
      this.#child = child;
    });
  }

  get isUp(): boolean {
    return this.#child !== null;
  }

  run(task: ClaimedTask): RunningTask {
    const running: RunningTask = {
      status: { phase: 'starting', progress: null },
      request: request => this.#send({ type: 'request', request }),
      ended: new Promise(resolve => {
        let reason: TaskError | null = null;
        this.#current = {
          onMessage: message => {
            if (message.type === 'status') running.status = message;
            if (message.type === 'unusable') reason = message.error;
            if (message.type === 'ended') resolve(message.ending);
          },
          onExit: how => resolve({ end: 'crashed', error: reason ?? processLost(how, running.status.phase) }),
        };
      }),
    };
    // It may have died since the caller looked.
    if (this.#child) this.#send({ type: 'run', task, scratchDir: `${this.#scratchDir}/${task.lease.taskId}` });
    else this.#current?.onExit('was gone');
    return running;
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  #send(message: ToProcess): void {
    // A process that died meanwhile is noticed by its exit event.
    if (this.#child?.connected) this.#child.send(message);
  }

  #lost(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#current?.onExit(how);
    this.#current = null;
  }
}

/** Node's arguments without those that load tsx, as `--import tsx` or with its path: the code is JavaScript. */
function withoutTsx(execArgv: string[]): string[] {
  return execArgv.filter((argument, i) => {
    const isOfTsx = (value = '') => /(^|=|\/node_modules\/)tsx(\/|$)/.test(value);
    return !isOfTsx(argument) && !(/^(--import|--require|-r)$/.test(argument) && isOfTsx(execArgv[i + 1]));
  });
}

function processLost(how: string, phase: Phase): TaskError {
  return {
    code: 'worker_lost',
    message: `The process that worked on it ${how} while ${phase}.`,
    remedy: 'If it ran out of memory, use a smaller batch_size or input_scaling; otherwise read the log of the worker.',
  };
}
