/** Turns whatever was thrown into an answer: an AppError into its status and sentence, anything else into a 500 that gives nothing away. */
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Problem } from '../contract/problem.ts';
import { AppError, type ErrorCode } from '../errors.ts';

/** Codes that reach a client; the others can only happen inside a task and become 500 here. */
export const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  invalid_request: 400,
  not_json: 400,
  not_base64: 400,
  archive_invalid: 400,
  password_needed: 400,
  password_wrong: 400,
  dataset_ambiguous: 400,
  labels_missing: 400,
  labels_invalid: 400,
  image_missing: 400,
  image_invalid: 400,
  no_labelled_frames: 400,
  several_animals: 400,
  video_invalid: 400,
  video_codec_unsupported: 400,
  unauthorized: 401,
  not_found: 404,
  not_training: 404,
  model_is_training: 409,
  model_has_no_weights: 409,
  already_finished: 409,
  inference_is_running: 409,
  overlay_is_running: 409,
  no_predictions: 409,
  task_is_active: 409,
  idempotency_key_reused: 409,
  upload_incomplete: 409,
  upload_offset_wrong: 409,
  upload_expired: 410,
  tus_version_unsupported: 412,
  payload_too_large: 413,
  archive_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  upload_is_busy: 423,
  // Of the checksum extension of tus 1.0.
  checksum_wrong: 460 as ContentfulStatusCode,
  not_ready: 503,
  worker_lost: 503,
  out_of_memory: 503,
  database_unavailable: 503,
  storage_unavailable: 503,
};

export const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  423: 'Locked',
  460: 'Checksum Mismatch',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** @param requestId named in a 500, so that its log line can be found. */
export function toProblem(
  thrown: unknown,
  path: string,
  requestId: string,
): Problem & { status: ContentfulStatusCode } {
  const error = asAppError(thrown);
  const status = (error && STATUS[error.code]) ?? 500;
  const known = status !== 500 && error !== null;
  const detail = known
    ? error.message
    : `Something went wrong on our side. It is in the log under request ${requestId}.`;
  const word: ErrorCode = known ? error.code : 'internal';
  const title = TITLES[status]!;
  return {
    type: `urn:sleap-microservice:error:${word}`,
    title,
    status,
    detail,
    instance: path,
    error: word,
    remedy: known ? error.remedy : null,
    errors: known ? error.errors : [],
    code: status,
    name: title,
    description: detail,
  };
}

/** What Hono refuses by itself: a body that should be JSON and is not, and a Content-Type that the route does not take. */
function asAppError(thrown: unknown): AppError | null {
  if (thrown instanceof HTTPException && thrown.status === 400)
    return new AppError('not_json', 'The body is not JSON.', { remedy: 'Send a JSON object.', cause: thrown });
  if (thrown instanceof HTTPException && thrown.status === 415)
    return new AppError('unsupported_media_type', 'The body has a Content-Type that is not taken here.', {
      remedy: 'Send Content-Type: application/json.',
      cause: thrown,
    });
  return thrown instanceof AppError ? thrown : null;
}
