/**
 * The closed set of things that can go wrong, for the API and the worker alike.
 *
 * An expected failure is an AppError: a code from this file, a sentence for the person who reads it, and where one exists a remedy.
 * This file knows no HTTP: http/problem.ts maps a code to a status, gpu-worker/supervisor.ts maps it to fail or release.
 * Everything else that is thrown is a defect and is reported as `internal`, its message kept in the log only.
 */

const ERROR_CODES = [
  // the request
  'invalid_request',
  'not_json',
  'not_base64',
  'payload_too_large',
  'unsupported_media_type',
  'unauthorized',
  'not_found',
  'not_training',
  'model_is_training',
  'model_has_no_weights',
  'already_finished',
  'inference_is_running',
  'overlay_is_running',
  'no_predictions',
  'range_not_satisfiable',
  'task_is_active',
  'idempotency_key_reused',
  'not_ready',
  // the upload
  'upload_incomplete',
  'upload_offset_wrong',
  'upload_is_busy',
  'upload_expired',
  'checksum_wrong',
  'tus_version_unsupported',
  // the dataset
  'archive_invalid',
  'archive_too_large',
  'password_needed',
  'password_wrong',
  'dataset_ambiguous',
  'labels_missing',
  'labels_invalid',
  'image_missing',
  'image_invalid',
  'no_labelled_frames',
  'several_animals',
  // the video
  'video_invalid',
  'video_codec_unsupported',
  // the imported model
  'model_invalid',
  // the ImageNet weights
  'weights_unavailable',
  // the work
  'checkpoint_invalid',
  'nan_loss',
  'out_of_memory',
  'device_unavailable',
  'device_lost',
  'lease_lost',
  'worker_lost',
  'configuration_invalid',
  'database_unavailable',
  'storage_unavailable',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Whether a word, as of a stored task, is one of the codes. */
export function isErrorCode(word: string): word is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(word);
}

/** One fault of one field of a request; `pointer` is a JSON pointer (RFC 6901) such as `/training_config/num_epochs`. */
export interface FieldFault {
  pointer: string;
  detail: string;
}

export interface AppErrorOptions {
  /** What the reader can do about it, one sentence. */
  remedy?: string;
  errors?: FieldFault[];
  cause?: unknown;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly remedy: string | null;
  readonly errors: FieldFault[];

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? null;
    this.errors = options.errors ?? [];
  }
}

/** The error's message, whatever was thrown; for logs and for sentences that quote a library. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
