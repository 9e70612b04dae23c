/**
 * One signed request to a bucket, tried again when that may help: connection errors, 429 and 5xx (S3 asks clients to do so with its 503
 * SlowDown), with pauses that double and vary, so that many clients do not come back at the same moment.
 *
 * aws4fetch (2.5 kB) signs with Web Crypto, so it runs on Node, Deno, Bun and workerd alike, and signs addresses as well as requests. s3mini is a
 * whole client, which would decide about retries, errors and streams in our place and reads a range into memory; the five requests a store
 * needs are shorter than the code around it. Only the signer is used: aws4fetch's own fetch() copies each body into a Request and
 * does not try again after a connection error. A body is signed with its SHA-256, so that S3 refuses one that was changed on the way.
 * Temporary credentials, which have a session token, are left out.
 * Facts: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)" and "Error responses".
 */
import { AwsV4Signer } from 'aws4fetch';
import { AppError, messageOf } from '../errors.ts';
import { textOf } from './s3-xml.ts';
import { newSha256 } from './sha256.ts';

export interface S3Settings {
  /** Such as https://s3.eu-central-1.amazonaws.com */
  endpoint: string;
  /** Where clients reach it, if that is elsewhere; for signed addresses. */
  publicEndpoint?: string | undefined;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Before each further try; absent: some 5 s in all, if S3 answers at once. */
  pausesMs?: readonly number[];
}

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** Codes of S3's errors that the caller makes sense of; their answers come back as they are. */
  expects?: readonly string[];
}

export interface S3Answer {
  headers: Headers;
  /** S3's name of the error, one of `expects`; null: it went well. */
  errorCode: string | null;
  /** All of the answer, but for a GET that went well. */
  xml: string;
  /** Of a GET that went well. */
  body: ReadableStream<Uint8Array> | null;
}

const PAUSES_MS = [100, 400, 1200, 3600];
/** An answer begins by then, also to a part of 8 MiB over a line of 70 kB/s. */
const PATIENCE_MS = 120_000;
/** Not a defect of the request, though their status says so. */
const PASSING = ['RequestTimeout', 'SlowDown', 'InternalError', 'OperationAborted'];

/** @throws AppError storage_unavailable, which says what S3 answered to which request. */
export async function askS3(settings: S3Settings, request: S3Request): Promise<S3Answer> {
  for (let attempt = 0; ; attempt++) {
    const pauseMs = (settings.pausesMs ?? PAUSES_MS)[attempt];
    const outcome = await askOnce(settings, request);
    if (!(outcome instanceof Refusal)) return outcome;
    if (!outcome.mayPass || pauseMs === undefined) throw unavailable(settings, request, outcome);
    await new Promise(resolve => setTimeout(resolve, pauseMs * (0.5 + Math.random() / 2)));
  }
}

/** What S3 said to a request that was not fulfilled. */
class Refusal {
  readonly told: string;
  readonly mayPass: boolean;
  readonly errorCode: string | null;
  readonly cause: unknown;

  constructor(told: string, mayPass: boolean, errorCode: string | null = null, cause?: unknown) {
    this.told = told;
    this.mayPass = mayPass;
    this.errorCode = errorCode;
    this.cause = cause;
  }
}

async function askOnce(settings: S3Settings, request: S3Request): Promise<S3Answer | Refusal> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  try {
    const response = await send(settings, request, late.signal);
    const { status, headers, body } = response;
    if (request.method === 'GET' && status < 300) return { headers, errorCode: null, xml: '', body };
    const xml = await response.text();
    const errorCode = errorCodeOf(xml, status);
    if (errorCode === null || request.expects?.includes(errorCode)) return { headers, errorCode, xml, body: null };
    const mayPass = status >= 500 || status === 429 || PASSING.includes(errorCode);
    const why = textOf(xml, 'Message')?.replace(/\.$/, '') || 'no reason';
    return new Refusal(`${status} ${errorCode}: ${why}`, mayPass, errorCode);
  } catch (error) {
    const why = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return new Refusal(`no answer (${why})`, true, null, error);
  } finally {
    clearTimeout(timer);
  }
}

async function send(settings: S3Settings, request: S3Request, signal: AbortSignal): Promise<Response> {
  const { method, key, query = {}, headers = {}, body } = request;
  const url = urlOf(settings.endpoint, settings.bucket, key);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signer = new AwsV4Signer({
    ...credentialsOf(settings),
    ...{ method, url: url.href, headers: { ...headers, 'X-Amz-Content-Sha256': sha256Hex(bytes) } },
  });
  const signed = await signer.sign();
  const init = { method, headers: signed.headers, signal, redirect: 'manual' as const };
  return fetch(signed.url, bytes ? { ...init, body: bytes as Uint8Array<ArrayBuffer> } : init);
}

/** @returns null: no error. */
function errorCodeOf(xml: string, status: number): string | null {
  // The end of a multipart upload may fail after its answer has begun with 200.
  if (status < 300) return /<(?:\w+:)?Error[\s>]/.test(xml) ? (textOf(xml, 'Code') ?? 'Error') : null;
  // An answer to HEAD has no body, so its status alone tells.
  return textOf(xml, 'Code') ?? (status === 404 ? 'NotFound' : 'without a code');
}

export function credentialsOf({ accessKeyId, secretAccessKey, region }: S3Settings) {
  return { accessKeyId, secretAccessKey, region, service: 's3' };
}

/** The bucket is the first part of the path, as every S3 service understands it. */
export function urlOf(endpoint: string, bucket: string, key: string): URL {
  const path = `${bucket}/${key}`.split('/').map(encodeURIComponent).join('/');
  return new URL(`${endpoint.replace(/\/+$/, '')}/${path}`);
}

/** Web Crypto would copy the bytes first. */
function sha256Hex(bytes: Uint8Array | undefined): string {
  const hash = newSha256();
  if (bytes) hash.update(bytes);
  return hash.hex();
}

const REMEDIES: Record<string, string> = {
  SignatureDoesNotMatch: 'The operator should check S3_SECRET_ACCESS_KEY and S3_REGION.',
  AuthorizationHeaderMalformed: 'The operator should check S3_REGION.',
  PermanentRedirect: 'The operator should check S3_ENDPOINT and S3_REGION.',
  InvalidAccessKeyId: 'The operator should check S3_ACCESS_KEY_ID.',
  AccessDenied: 'The operator should give the key the rights that docs/blobs.md lists.',
  NoSuchBucket: 'The operator should create the bucket, or check S3_BUCKET and S3_ENDPOINT.',
  RequestTimeTooSkewed: 'The operator should set the clock of the machine that the service runs on.',
};

function unavailable({ bucket, endpoint }: S3Settings, { method, key }: S3Request, refusal: Refusal): AppError {
  return new AppError(
    'storage_unavailable',
    `The bucket ${bucket} at ${new URL(endpoint).host} did not do ${method} ${key}: ${refusal.told}.`,
    {
      remedy: REMEDIES[refusal.errorCode ?? ''] ?? 'Try again later; if it stays so, tell the operator of the service.',
      cause: refusal.cause,
    },
  );
}
