/** The thread's side of thread.ts: does its work and posts how that ended, an AppError as something that can be posted. */
import { on } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { AppError, messageOf } from '../../src/errors.ts';
import type { Answer } from './thread.ts';

/** In a thread: does the work and posts its outcome. Errors other than AppError end the thread and reach its owner. */
export async function answer<T>(work: () => T | Promise<T>): Promise<void> {
  let outcome: Answer<T>;
  try {
    outcome = { value: await work() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, message, remedy, cause } = error;
    outcome = { fault: { code, message, remedy, cause: cause === undefined ? null : messageOf(cause) } };
  }
  parentPort!.postMessage(outcome);
}

/** In a thread that lives until it is terminated: answers the questions of its owner one after another, in their order. */
export async function answerEach<Question>(work: (question: Question) => unknown): Promise<void> {
  for await (const [question] of on(parentPort!, 'message')) await answer(() => work(question));
}
