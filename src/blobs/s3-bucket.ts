/**
 * What a store asks of a bucket: objects put, read and deleted, and objects that are put together from parts (Amazon S3 API Reference,
 * "Uploading and copying objects using multipart upload"). What is gone already counts as deleted, so that everything here may be said twice.
 */
import { AwsV4Signer } from 'aws4fetch';
import { AppError, messageOf } from '../errors.ts';
import type { Download } from './blob-store.ts';
import type { StoredPart } from './part-rows.ts';
import { askS3, credentialsOf, type S3Settings, urlOf } from './s3-request.ts';
import { completionOf, textOf } from './s3-xml.ts';

/** How often a download that breaks off is gone on with, if nothing at all came in between. */
const READ_TRIES = 3;
/** A bucket that sends nothing for so long will not go on. */
const SILENCE_MS = 60_000;

export class S3Bucket {
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
  }

  /** @throws AppError storage_unavailable, as everything here does. */
  async put(key: string, body: Uint8Array): Promise<void> {
    await askS3(this.#settings, { method: 'PUT', key, body });
  }

  /** Begins an object of parts. @returns the id of that upload. */
  async begin(key: string): Promise<string> {
    const { xml } = await askS3(this.#settings, { method: 'POST', key, query: { uploads: '' } });
    const id = textOf(xml, 'UploadId');
    if (!id) throw new AppError('storage_unavailable', `The bucket gave the upload of ${key} no UploadId.`);
    return id;
  }

  /** @param part counted from 1. @throws AppError upload_expired when the upload is gone. */
  async putPart(key: string, multipartId: string, part: number, body: Uint8Array): Promise<StoredPart> {
    const answer = await askS3(this.#settings, {
      ...{ method: 'PUT', key, query: { partNumber: String(part), uploadId: multipartId }, body },
      expects: ['NoSuchUpload'],
    });
    if (answer.errorCode) throw partsAreGone(key);
    return { etag: answer.headers.get('etag') ?? '', sizeBytes: body.length };
  }

  /** Puts the object together; one that is there already, as long as it has to be, is left as it is. @throws AppError upload_expired. */
  async complete(key: string, multipartId: string, parts: readonly StoredPart[]): Promise<void> {
    const answer = await askS3(this.#settings, {
      ...{ method: 'POST', key, query: { uploadId: multipartId }, body: completionOf(parts) },
      expects: ['NoSuchUpload', 'InvalidPart'],
    });
    if (!answer.errorCode) return;
    const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    // The answer to the same request got lost, or the process ended before it had said so in the database.
    if (answer.errorCode === 'NoSuchUpload' && (await this.#sizeOf(key)) === sizeBytes) return;
    throw partsAreGone(key);
  }

  /** The bytes from `first` to `last`, in pieces; goes on where the connection breaks. @throws AppError internal when the object is gone. */
  async *read(key: string, first: number, last: number): AsyncIterable<Uint8Array> {
    let at = first;
    for (let failures = 0; at <= last; ) {
      const before = at;
      try {
        for await (const bytes of this.#readOnce(key, at, last)) {
          at += bytes.length;
          yield bytes;
        }
        if (at <= last) throw new BrokenOff('it ended early');
      } catch (error) {
        if (!(error instanceof BrokenOff)) throw error;
        failures = at > before ? 1 : failures + 1;
        if (failures < READ_TRIES) continue;
        const { bucket } = this.#settings;
        throw new AppError(
          'storage_unavailable',
          `The bucket ${bucket} broke off ${key} at byte ${at}: ${error.message}.`,
          {
            remedy: 'Try again later; if it stays so, tell the operator of the service.',
            cause: error,
          },
        );
      }
    }
  }

  /** Ends an upload in parts that is not to be finished. An object under its key is another's, and stays. */
  async abandon(key: string, multipartId: string): Promise<void> {
    const query = { uploadId: multipartId };
    await askS3(this.#settings, { method: 'DELETE', key, query, expects: ['NoSuchUpload', 'NoSuchKey'] });
  }

  /** Deletes an object, and the upload to it that was never finished. */
  async delete(key: string, multipartId: string | null): Promise<void> {
    if (multipartId !== null) await this.abandon(key, multipartId);
    await askS3(this.#settings, { method: 'DELETE', key, expects: ['NoSuchKey'] });
  }

  /** An address at which anybody can read the object for a while. */
  async presign(key: string, { seconds, type, disposition }: Download): Promise<string> {
    const { endpoint, publicEndpoint = endpoint, bucket } = this.#settings;
    const url = urlOf(publicEndpoint, bucket, key);
    url.searchParams.set('X-Amz-Expires', String(seconds));
    url.searchParams.set('response-content-type', type);
    url.searchParams.set('response-content-disposition', disposition);
    const signer = new AwsV4Signer({
      ...{ ...credentialsOf(this.#settings), method: 'GET', url: url.href, signQuery: true },
    });
    const signed = (await signer.sign()).url;
    // A space as it was signed; URLSearchParams writes a plus sign, which some take for one.
    signed.search = signed.search.replaceAll('+', '%20');
    return signed.href;
  }

  async *#readOnce(key: string, first: number, last: number): AsyncIterable<Uint8Array> {
    const answer = await askS3(this.#settings, {
      ...{ method: 'GET', key, headers: { Range: `bytes=${first}-${last}` }, expects: ['NoSuchKey'] },
    });
    if (answer.errorCode)
      throw new AppError('internal', `The bucket ${this.#settings.bucket} has lost the object ${key}.`);
    const begins = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1] ?? '0';
    if (Number(begins) !== first || !answer.body) {
      await answer.body?.cancel();
      throw new AppError('storage_unavailable', `The bucket ${this.#settings.bucket} answers no requests for a part.`);
    }
    yield* piecesOf(answer.body, last + 1 - first);
  }

  async #sizeOf(key: string): Promise<number | null> {
    const { errorCode, headers } = await askS3(this.#settings, { method: 'HEAD', key, expects: ['NotFound'] });
    return errorCode ? null : Number(headers.get('content-length'));
  }
}

/** The connection broke; the same may well succeed when it is asked for again. */
class BrokenOff extends Error {}

async function* piecesOf(body: ReadableStream<Uint8Array>, mostBytes: number): AsyncIterable<Uint8Array> {
  const reader = body.getReader();
  let left = mostBytes;
  try {
    while (left > 0) {
      const timer = setTimeout(() => void reader.cancel().catch(() => {}), SILENCE_MS);
      const { done, value } = await reader
        .read()
        .catch(error => {
          throw new BrokenOff(messageOf(error), { cause: error });
        })
        .finally(() => clearTimeout(timer));
      if (done) return;
      yield value.length > left ? value.subarray(0, left) : value;
      left -= value.length;
    }
  } finally {
    // Also where the caller leaves early; of a stream that broke there is nothing left to cancel.
    await reader.cancel().catch(() => {});
  }
}

function partsAreGone(key: string): AppError {
  return new AppError('upload_expired', `What had arrived of ${key} is not whole any more in the bucket.`, {
    remedy: 'Send the file again.',
  });
}
