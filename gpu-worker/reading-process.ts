/**
 * A process for each task that needs no device (reading.ts): forked when the task comes, which takes half a second, and ended with it. A
 * worker that checks no datasets has none, and what a hostile dataset did to its memory is gone.
 */
import type { TaskError } from '../src/contract/task.ts';
import { AppError, messageOf } from '../src/errors.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';
import { ForkedProcess, type RunningTask, type TaskProcess } from './forked-process.ts';
import type { Ending, Request } from './protocol.ts';

export class ReadingProcess implements TaskProcess {
  readonly isUp = true;
  readonly #forked: ForkedProcess;

  /** @param scratchDir for this supervisor alone; emptied before each task. */
  constructor(environment: NodeJS.ProcessEnv, scratchDir: string) {
    this.#forked = new ForkedProcess({ name: 'reading', execArgv: async () => [] }, environment, scratchDir);
  }

  async start(): Promise<string> {
    return 'no device';
  }

  run(task: ClaimedTask): RunningTask {
    let inner: RunningTask | null = null;
    let asked: Request | null = null;
    const work = async (): Promise<Ending> => {
      try {
        await this.#forked.start();
        inner = this.#forked.run(task);
        if (asked) inner.request(asked);
        return await inner.ended;
      } catch (error) {
        return { end: 'crashed', error: notStarted(error) };
      } finally {
        this.#forked.kill();
      }
    };
    return {
      get status() {
        return inner?.status ?? { phase: 'starting', progress: null };
      },
      ended: work(),
      request(request) {
        asked = request;
        inner?.request(request);
      },
    };
  }

  kill(): void {
    this.#forked.kill();
  }
}

function notStarted(error: unknown): TaskError {
  const remedy = error instanceof AppError ? error.remedy : null;
  return { code: 'worker_lost', message: messageOf(error), remedy };
}
