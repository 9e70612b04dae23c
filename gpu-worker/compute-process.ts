/**
 * The supervisor's handle on its compute process: starts it, hands it a task, hears how the task goes and how it ends, whatever happens
 * to the process meanwhile.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Phase, Progress, TaskError } from '../src/contract/task.ts';
import { AppError, type ErrorCode } from '../src/errors.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';
import { relaxedSimdFlags } from './device/relaxed-simd.ts';
import type { Ending, FromCompute, Request, ToCompute } from './protocol.ts';

const ENTRY = fileURLToPath(new URL('./compute.ts', import.meta.url));

export interface RunningTask {
  /** What it last reported. */
  status: { phase: Phase; progress: Progress | null };
  /** Never rejects. */
  ended: Promise<Ending>;
  request(request: Request): void;
}

export class ComputeProcess {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #scratchDir: string;
  #child: ChildProcess | null = null;
  #current: { onMessage(message: FromCompute): void; onExit(how: string): void } | null = null;

  /** @param scratchDir for this supervisor alone; emptied before each start. */
  constructor(environment: NodeJS.ProcessEnv, scratchDir: string) {
    this.#environment = environment;
    this.#scratchDir = scratchDir;
  }

  /** @returns the device's description. @throws AppError with the process's own reason, such as device_unavailable. */
  async start(): Promise<string> {
    await rm(this.#scratchDir, { recursive: true, force: true });
    const execArgv = [...process.execArgv, ...(await relaxedSimdFlags())];
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
              reason?.message ?? `The compute process did not start: it ${how}.`,
              reason?.remedy ? { remedy: reason.remedy } : {},
            ),
          );
        },
      };
      // detached: a signal to the worker's process group must not end the task before the supervisor has settled it.
      const child = fork(ENTRY, { env: this.#environment, execArgv, detached: true });
      child.on('message', message => this.#current?.onMessage(message as FromCompute));
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

  /** Hands a task to the process, which must be idle. */
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

  /** Ends the process at once; a running task ends as crashed. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  #send(message: ToCompute): void {
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

function processLost(how: string, phase: Phase): TaskError {
  return {
    code: 'worker_lost',
    message: `The compute process ${how} while ${phase}.`,
    remedy: 'If it ran out of memory, use a smaller batch_size or input_scaling; otherwise read the log of the worker.',
  };
}
