/**
 * What the process of a task writes into the task's log: each phase once an attempt, and whatever else is worth a sentence.
 *
 * Nobody waits for a line: it is on its way to the database while the work goes on, and lines that come meanwhile follow together. Each
 * write is one statement, so that the task's row is free again although a step may hold this thread for seconds. Lines that belong to
 * something that is stored, such as an epoch, are written with it instead (appendLog in its transaction).
 */
import type { Phase } from '../src/contract/task.ts';
import type { LogLevel } from '../src/contract/task-log.ts';
import { AppError } from '../src/errors.ts';
import { logger } from '../src/log.ts';
import type { NewLine } from '../src/queue/log.ts';

/** Told better by other lines: of the claim, of the epoch, of the end. */
const UNTOLD: ReadonlySet<Phase> = new Set(['waiting for a worker', 'starting', 'saving the checkpoint', 'done']);

const log = logger('worker');

export class TaskLog {
  readonly #write: (lines: readonly NewLine[]) => Promise<void>;
  readonly #told = new Set<Phase>(UNTOLD);
  #waiting: NewLine[] = [];
  #writing: Promise<void> | null = null;

  /** @param write puts lines into the log, all or none. */
  constructor(write: (lines: readonly NewLine[]) => Promise<void>) {
    this.#write = write;
  }

  /** Cheap enough to be called with every step. */
  phase(phase: Phase): void {
    if (this.#told.has(phase)) return;
    this.#told.add(phase);
    this.add('info', `${phase[0]!.toUpperCase()}${phase.slice(1)}.`);
  }

  add(level: LogLevel, message: string): void {
    this.#waiting.push({ level, message });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all lines so far are written, or could not be. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      await this.#write(lines).catch(error => {
        // Whoever has the task now tells of it; the work itself learns of the loss when it stores something.
        if (error instanceof AppError && error.code === 'lease_lost') return;
        log.warning('Could not write to the log of a task: {error}', { error });
      });
    }
    this.#writing = null;
  }
}
