/**
 * One request to the service, from its parts to its answer: key, query, body, and what is done when the line breaks. A request is sent again
 * after a network error or a 502, 503 or 504 where that is safe: it only reads, says what shall be, or creates something under
 * an Idempotency-Key, which the service answers once. Uses nothing but fetch, so that it runs wherever there is one.
 */
import { pause } from './pause.ts';
import { errorOf, SleapError } from './sleap-error.ts';

export interface ClientOptions {
  /** Where the service answers, e.g. http://127.0.0.1:5000; a path in front of its routes may follow. */
  url: string;
  /** One of the service's API_KEYS, if it has any. */
  key?: string | undefined;
  /** In place of the runtime's own. */
  fetch?: typeof fetch;
  /** false: creating requests have no Idempotency-Key and are sent once. Default: each gets a random one. */
  idempotency?: boolean;
  /** How often a request is sent again, at most. Default: 3. */
  retries?: number;
  /** Ends everything that this client does. */
  signal?: AbortSignal;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Of a request that creates something. */
export interface CreateOptions extends CallOptions {
  /** The same key with the same content is the same request, for a day. Default: a random one. */
  idempotencyKey?: string | undefined;
}

export interface Call extends CreateOptions {
  method?: string;
  /** Begins with /. */
  path: string;
  query?: object | undefined;
  /** What is no FormData or Blob goes as JSON. */
  body?: unknown;
  headers?: Record<string, string | undefined>;
  /** It makes something new, and the service knows Idempotency-Key there. */
  creates?: boolean;
  /** May be sent twice whatever its method: what is left over is let go of. */
  repeatable?: boolean;
}

/** Statuses of a service that is just starting, or of a proxy before it. */
const PASSING = [502, 503, 504];
/** 503 too, but the outcome of a task: it would be no other the next time. */
const OUTCOMES = ['worker_lost', 'out_of_memory'];
const SAFE = ['GET', 'HEAD', 'PATCH', 'DELETE'];
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

export class Requests {
  readonly url: string;
  readonly #key: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #idempotency: boolean;
  readonly #retries: number;
  readonly #signal: AbortSignal | undefined;

  constructor({ url, key, fetch: given, idempotency = true, retries = 3, signal }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#key = key === '' ? undefined : key;
    // Called as a method of something else, a browser's own fetch refuses.
    this.#fetch = given ?? ((input, init) => fetch(input, init));
    this.#idempotency = idempotency;
    this.#retries = retries;
    this.#signal = signal;
  }

  /** The JSON of an answer. @throws SleapError; the signal's reason. */
  async json<T>(call: Call): Promise<T> {
    const response = await this.answer(call);
    return response.json().catch(cause => {
      this.signalOf(call.signal)?.throwIfAborted();
      throw new SleapError('not_the_service', `The answer of ${this.url} broke off, or is no JSON.`, {
        status: response.status,
        remedy: 'Ask again; if it stays so, look what stands between here and the service.',
        cause,
      });
    }) as Promise<T>;
  }

  /** An answer with a status of 2xx, asked for again where that is safe. @throws SleapError; the signal's reason. */
  async answer(call: Call): Promise<Response> {
    const { method = 'GET', creates = false, repeatable = SAFE.includes(method) } = call;
    const key = call.idempotencyKey ?? (creates && this.#idempotency ? randomKey() : undefined);
    const sent = key === undefined ? call : { ...call, headers: { ...call.headers, 'Idempotency-Key': key } };
    const retries = repeatable || key !== undefined ? this.#retries : 0;
    for (let tries = 0; ; tries++) {
      try {
        return await this.once(sent);
      } catch (error) {
        // What a DELETE before this one removed, its answer lost, is gone as wanted.
        if (method === 'DELETE' && tries > 0 && (error as SleapError).status === 404) return new Response(null);
        if (tries >= retries || !isPassing(error)) throw error;
        await pause(pauseMs(tries), this.signalOf(call.signal));
      }
    }
  }

  /** One try. @throws SleapError; the signal's reason. */
  async once({ method = 'GET', path, query, body, headers = {}, signal }: Call): Promise<Response> {
    const isJson = body !== undefined && !(body instanceof FormData) && !(body instanceof Blob);
    const sent = new Headers();
    if (this.#key !== undefined) sent.set('Authorization', `Bearer ${this.#key}`);
    if (isJson) sent.set('Content-Type', 'application/json');
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, value);
    const init: RequestInit = { method, headers: sent, body: isJson ? JSON.stringify(body) : ((body as Blob) ?? null) };
    const ends = this.signalOf(signal);
    ends?.throwIfAborted();
    if (ends) init.signal = ends;
    const response = await this.#fetch(this.url + path + queryText(query), init).catch(cause => {
      ends?.throwIfAborted();
      throw new SleapError('no_answer', `No service answers at ${this.url}.`, {
        remedy: 'Look whether it runs there and can be reached.',
        cause,
      });
    });
    if (response.ok) return response;
    throw await errorOf(response);
  }

  /** The client's own signal and that of a call. */
  signalOf(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (signal && this.#signal) return AbortSignal.any([signal, this.#signal]);
    return signal ?? this.#signal;
  }
}

/** Whether the same request may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof SleapError)) return false;
  return error.code === 'no_answer' || (PASSING.includes(error.status) && !OUTCOMES.includes(error.code));
}

/** 0.25 s, 0.5 s, 1 s … half a minute at most, and a quarter more or less, so that many clients do not come back at once. */
export function pauseMs(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.75 + Math.random() / 2);
}

/** Not randomUUID: browsers have that on https only. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** `?a=1&tag=x&tag=y`; what is undefined is left out. */
function queryText(query: object | undefined): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value].flat().flatMap(one => (one === undefined || one === null ? [] : [[name, String(one)]])),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}
