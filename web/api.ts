/**
 * Requests to the service. A failed one is an ApiFailure whose message is the sentence the service wrote for a person (RFC 9457
 * `detail`), with its remedy; the page shows both as they are.
 *
 * Ages ("last heartbeat 12 s ago") are told against the server's clock, learnt from the Date header of each answer: a laptop whose
 * clock is off must not accuse a worker of silence.
 */

import type { ModelResource } from '../src/contract/model.ts';
import type { Problem } from '../src/contract/problem.ts';

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  readonly remedy: string | null;

  constructor(message: string, status: number | null, remedy: string | null, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.remedy = remedy;
  }
}

let clockOffsetMs = 0;

/** Milliseconds since 1970 by the server's clock, to about a second. */
export function serverNowMs(): number {
  return Date.now() + clockOffsetMs;
}

/** All models, newest first, at most 100. */
export function readModels(): Promise<{ models: ModelResource[] }> {
  return request('GET', '/api/models');
}

export function readModel(uid: string): Promise<ModelResource> {
  return request('GET', `/api/models/${uid}`);
}

/** Asks the training to end at the next batch and keep its best weights. 404 when it is not training. */
export async function stopTraining(uid: string): Promise<void> {
  await request('POST', '/api/stop-training', { model_uid: uid });
}

/** Asks for the training to be discarded. 409 when it has finished. */
export async function cancelTask(taskId: string): Promise<void> {
  await request('POST', `/api/tasks/${taskId}/cancel`);
}

async function request<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, headers: { accept: 'application/json' } };
  if (body !== undefined) {
    init.headers = { accept: 'application/json', 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    throw new ApiFailure('The service does not answer.', null, 'See whether it is still running on its host.', cause);
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) clockOffsetMs = date - Date.now();
  if (!response.ok) throw await failureOf(response);
  return (await response.json()) as T;
}

/** A gateway in between may answer without a problem body; then the status has to do. */
async function failureOf(response: Response): Promise<ApiFailure> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  if (!isProblem)
    return new ApiFailure(`The service answered ${response.status} ${response.statusText}.`, response.status, null);
  const problem = (await response.json()) as Problem;
  return new ApiFailure(problem.detail, response.status, problem.remedy);
}
