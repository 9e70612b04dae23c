/**
 * Takes in a dataset, a video or a model as it arrives, outside any transaction, and refuses at the door what can be told to be broken by
 * then: too large, empty, not an archive, an archive that ends early. Everything else is found by the worker, which says so in the task.
 */
import type { BlobWriter, StoredBlob } from '../blobs/blob-store.ts';
import { dropBlob } from '../blobs/collect.ts';
import { FIRST_BYTES } from '../contract/archive-kind.ts';
import { AppError } from '../errors.ts';
import { checkDataset, checkModel, ZIP_END_MAX_BYTES } from './archive.ts';
import type { ServiceContext } from './context.ts';
import type { Answered } from './idempotency.ts';

/** What a file is to be; `file`: that is not known yet, and so nothing of it is checked. */
export type UploadKind = 'dataset' | 'video' | 'model' | 'file';

/** The file of a request, whether it comes with it or was sent ahead. Exactly one of `finish` and `abort` ends it. */
export interface IncomingFile {
  finish(): Promise<StoredBlob>;
  abort(): Promise<void>;
}

/** An upload under way. */
export class Upload implements IncomingFile {
  readonly #kind: UploadKind;
  readonly #limitBytes: number;
  readonly #writer: BlobWriter;
  readonly #start = new FirstBytes(FIRST_BYTES);
  readonly #end = new LastBytes(ZIP_END_MAX_BYTES);
  #sizeBytes = 0;

  constructor(kind: UploadKind, limitBytes: number, writer: BlobWriter) {
    this.#kind = kind;
    this.#limitBytes = limitBytes;
    this.#writer = writer;
  }

  /** @throws AppError payload_too_large. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#start.push(bytes);
    if (isArchive(this.#kind)) this.#end.push(bytes);
    this.#sizeBytes += bytes.length;
    refuseTooLarge(this.#kind, this.#sizeBytes, this.#limitBytes);
    await this.#writer.write(bytes);
  }

  /**
   * Makes it durable; what is refused is thrown away.
   * @throws AppError invalid_request for an empty file, archive_invalid for a dataset that is neither a whole archive nor an HDF5 file,
   * or a model that is no whole zip archive.
   */
  async finish(): Promise<StoredBlob> {
    try {
      checkAtDoor(this.#kind, { start: this.#start.bytes, end: this.#end.bytes, sizeBytes: this.#sizeBytes });
      return await this.#writer.seal();
    } catch (error) {
      await this.#writer.abort();
      throw error;
    }
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }
}

/** @throws AppError payload_too_large for a file that is, or will be, larger than `limitBytes`. */
export function refuseTooLarge(kind: UploadKind, sizeBytes: number, limitBytes: number): void {
  if (sizeBytes <= limitBytes) return;
  throw new AppError('payload_too_large', `The ${kind} is larger than ${limitBytes} bytes.`, {
    remedy: 'Send a smaller file, or ask the operator to raise MAX_UPLOAD_BYTES.',
  });
}

export interface Outline {
  /** The first FIRST_BYTES, or all there are. */
  start: Uint8Array;
  /** The last ZIP_END_MAX_BYTES, or all there are; only looked at where `isArchive`. */
  end: Uint8Array;
  sizeBytes: number;
}

/** @throws AppError invalid_request; archive_invalid. */
export function checkAtDoor(kind: UploadKind, { start, end, sizeBytes }: Outline): void {
  if (sizeBytes === 0) throw new AppError('invalid_request', `The ${kind} is empty: 0 bytes arrived.`);
  if (kind === 'dataset') checkDataset(start, end, sizeBytes);
  if (kind === 'model') checkModel(start, end, sizeBytes);
}

export function isArchive(kind: UploadKind): boolean {
  return kind === 'dataset' || kind === 'model';
}

/** Keeps the beginning of what passes. */
class FirstBytes {
  readonly #kept: Uint8Array;
  #filled = 0;

  constructor(limitBytes: number) {
    this.#kept = new Uint8Array(limitBytes);
  }

  push(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.#kept.length - this.#filled);
    this.#kept.set(part, this.#filled);
    this.#filled += part.length;
  }

  get bytes(): Uint8Array {
    return this.#kept.subarray(0, this.#filled);
  }
}

/** Keeps the end of what passes, in a buffer of twice its length, so that each byte is moved about twice however small the pieces are. */
class LastBytes {
  readonly #limitBytes: number;
  readonly #kept: Uint8Array;
  #filled = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#kept = new Uint8Array(2 * limitBytes);
  }

  push(bytes: Uint8Array): void {
    const part = bytes.subarray(Math.max(0, bytes.length - this.#limitBytes));
    if (this.#filled + part.length > this.#kept.length) {
      const end = this.bytes;
      this.#kept.set(end);
      this.#filled = end.length;
    }
    this.#kept.set(part, this.#filled);
    this.#filled += part.length;
  }

  get bytes(): Uint8Array {
    return this.#kept.subarray(Math.max(0, this.#filled - this.#limitBytes), this.#filled);
  }
}

export async function openUpload(ctx: ServiceContext, kind: UploadKind): Promise<Upload> {
  return new Upload(kind, ctx.config.MAX_UPLOAD_BYTES, await ctx.blobs.create());
}

/**
 * Runs `use`, for which `blob` was uploaded; if it fails or only replays an earlier answer, the blob is thrown away, unless others share it.
 * @param blob null: nothing was uploaded.
 */
export async function keepIfUsed<T>(
  ctx: ServiceContext,
  blob: StoredBlob | null,
  use: () => Promise<Answered<T>>,
): Promise<Answered<T>> {
  let isUsed = false;
  try {
    const answered = await use();
    isUsed = !answered.replayed;
    return answered;
  } finally {
    if (blob && !isUsed) await dropBlob(ctx.client.db, blob.id);
  }
}

/** The error of a request without the file it needs. @param member of the body that the file belongs under. */
export function uploadMissing(kind: UploadKind, member: string): AppError {
  return new AppError('invalid_request', `The ${kind} is missing: "${member}".`, {
    remedy: `Send it as a base64 string under "${member}" in JSON, as a part with a file name in a form, or ahead to /api/uploads, whose blob_id then stands under "${kind}_blob".`,
    errors: [{ pointer: `/${member}`, detail: 'a file is required' }],
  });
}
