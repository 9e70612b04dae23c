/**
 * Whatever goes wrong between a program and the service, as one error: an answer that is no success (RFC 9457, with the service's own words),
 * no answer at all, or a task that ended without a result. `code` is one of the service's closed words (docs/api.md) or one of this file.
 */
import type { Problem } from '../src/contract/problem.ts';
import type { TaskError, TaskState } from '../src/contract/task.ts';
import type { ErrorCode, FieldFault } from '../src/errors.ts';

/** Beside the service's own: nobody answers; somebody answers who is not the service (a proxy); a task was canceled. */
export type SleapErrorCode = ErrorCode | 'no_answer' | 'not_the_service' | 'canceled';

export interface SleapErrorDetails {
  status?: number;
  remedy?: string | null;
  errors?: FieldFault[];
  cause?: unknown;
}

export class SleapError extends Error {
  override readonly name = 'SleapError';
  readonly code: SleapErrorCode;
  /** Of the answer; 0: there was none, or it is the task that failed. */
  readonly status: number;
  /** What can be done about it, one sentence. */
  readonly remedy: string | null;
  /** The fields that are at fault, by JSON pointer. */
  readonly errors: FieldFault[];

  constructor(code: SleapErrorCode, message: string, { status, remedy, errors, cause }: SleapErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status ?? 0;
    this.remedy = remedy ?? null;
    this.errors = errors ?? [];
  }
}

/** Reads the answer's body. @param response that is not 2xx. */
export async function errorOf(response: Response): Promise<SleapError> {
  const { status } = response;
  const text = await response.text().catch(() => '');
  const problem = problemIn(text);
  if (problem?.error && problem.detail) {
    const { error, detail, remedy, errors } = problem;
    return new SleapError(error as ErrorCode, detail, { status, remedy: remedy ?? null, errors: errors ?? [] });
  }
  return new SleapError('not_the_service', `The answer has status ${status} and is not one of the service.`, {
    status,
    remedy: 'Look whether the URL is that of the service, and what stands between.',
  });
}

/** Why a task ended without a result. */
export function taskFailure(what: string, state: TaskState, error: TaskError | null): SleapError {
  if (state === 'canceled') return new SleapError('canceled', `${what} was canceled.`);
  const message = [`${what} failed:`, error?.message].filter(Boolean).join(' ');
  return new SleapError((error?.code ?? 'internal') as ErrorCode, message, { remedy: error?.remedy ?? null });
}

function problemIn(text: string): Partial<Problem> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's page
  }
}
