/**
 * The owner's side of a thread that lives on and answers questions (answerEach in thread.ts): they may be asked ahead, and wait in the
 * thread itself, which therefore goes on also while its owner is busy and lets no message through.
 */
import type { Worker } from 'node:worker_threads';
import { type Answer, endedSilently, startThread, unwrap } from './thread.ts';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

export class AnsweringThread<Question, T> {
  readonly #thread: Worker;
  /** In the order of the questions, which is that of the answers. */
  readonly #waiting: Waiting<T>[] = [];
  /** Why there will be no further answer. */
  #end: { error: unknown } | null = null;

  /** Starts the TypeScript file `entry`, which finds `input` in `workerData`. */
  constructor(entry: URL, input: unknown) {
    this.#thread = startThread(entry, input);
    this.#thread.on('message', (message: Answer<T>) => {
      const { resolve, reject } = this.#waiting.shift()!;
      try {
        resolve(unwrap(message));
      } catch (error) {
        reject(error);
      }
    });
    this.#thread.on('error', error => this.#giveUp(error));
    this.#thread.on('exit', () => this.#giveUp(endedSilently(entry)));
  }

  /** @throws AppError as the thread threw it; what ended the thread, for this question and all that follow. */
  ask(question: Question): Promise<T> {
    if (this.#end) return Promise.reject(this.#end.error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(question);
    });
  }

  /** Terminates the thread, whatever it is doing; questions without an answer are rejected. */
  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #giveUp(error: unknown): void {
    this.#end ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end.error);
  }
}
