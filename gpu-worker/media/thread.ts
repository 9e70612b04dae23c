/**
 * Work that must not block its caller, or must be killable while it is busy, runs in a worker thread whose entry is a TypeScript
 * file (thread-code.ts makes one module of it; some 30 ms to start, and what its packages take to load).
 *
 * A thread ends with answer() of answer.ts; what it throws as AppError arrives as AppError, any other error as it is. Its memory and
 * open files are gone with it, and terminating a busy one takes about 4 ms.
 */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import { threadCode } from './thread-code.ts';

/** What a thread posts last. */
export type Answer<T> = { value: T } | { fault: Fault };
interface Fault {
  code: ErrorCode;
  message: string;
  remedy: string | null;
  cause: string | null;
}

/** Starts the TypeScript file `entry` as a thread, which finds `input` in `workerData`. Whoever starts it terminates it. */
export function startThread(entry: URL, input: unknown): Worker {
  return new Worker(threadCode(entry), { execArgv: [], workerData: input });
}

/** What is thrown when a thread went without a word, neither an answer nor an error. */
export function endedSilently(entry: URL): Error {
  return new Error(`The thread ${entry.href} ended without an answer.`);
}

/**
 * Starts the TypeScript file `entry` as a thread, which finds `input` in `workerData`, and yields what it posts. The thread is
 * terminated when the loop is left, however it is left, and at once when the signal aborts.
 * @throws what the thread threw, or the signal's reason.
 */
async function* runThread<Message>(entry: URL, input: unknown, signal?: AbortSignal): AsyncGenerator<Message> {
  signal?.throwIfAborted();
  const thread = startThread(entry, input);
  const stop = () => void thread.terminate();
  signal?.addEventListener('abort', stop);
  try {
    const messages = on(thread, 'message', { close: ['exit'], ...(signal && { signal }) });
    for await (const [message] of messages) {
      signal?.throwIfAborted(); // messages that came before the abort still wait
      yield message;
    }
    throw endedSilently(entry);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}

/** Starts a thread that posts nothing but its answer, and waits for it. Throws as runThread() does. */
export async function askThread<T>(entry: URL, input: unknown, signal?: AbortSignal): Promise<T> {
  for await (const message of runThread<Answer<T>>(entry, input, signal)) return unwrap(message);
  throw new Error('unreachable: runThread() ends with an answer or throws');
}

/** The answered value. @throws AppError as the thread threw it. */
export function unwrap<T>(answer: Answer<T>): T {
  if ('value' in answer) return answer.value;
  const { code, message, remedy, cause } = answer.fault;
  throw new AppError(code, message, { ...(remedy !== null && { remedy }), ...(cause !== null && { cause }) });
}
