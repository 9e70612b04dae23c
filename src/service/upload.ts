/**
 * Takes in a dataset or a video as it arrives, outside any transaction, and refuses at the door what can be told to be broken by then:
 * too large, empty, not a 7z archive, a 7z archive that ends early. Everything else is found by the worker, which says so in the task.
 */
import type { BlobWriter, StoredBlob } from '../blobs/blob-store.ts';
import { dropBlob } from '../blobs/collect.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';

/** 7zFormat.txt: signature (6), version (2), CRC (4), then offset and size of the header that ends the file (8 + 8, little-endian). */
const SEVEN_ZIP_START_BYTES = 32;
const SEVEN_ZIP_SIGNATURE = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c];

export type UploadKind = 'dataset' | 'video';

/** An upload under way. Exactly one of `finish` and `abort` ends it. */
export class Upload {
  readonly #kind: UploadKind;
  readonly #limitBytes: number;
  readonly #writer: BlobWriter;
  readonly #start = new Uint8Array(SEVEN_ZIP_START_BYTES);
  #sizeBytes = 0;

  constructor(kind: UploadKind, limitBytes: number, writer: BlobWriter) {
    this.#kind = kind;
    this.#limitBytes = limitBytes;
    this.#writer = writer;
  }

  /** @throws AppError payload_too_large. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#sizeBytes < SEVEN_ZIP_START_BYTES) {
      this.#start.set(bytes.subarray(0, SEVEN_ZIP_START_BYTES - this.#sizeBytes), this.#sizeBytes);
    }
    this.#sizeBytes += bytes.length;
    if (this.#sizeBytes > this.#limitBytes) {
      throw new AppError('payload_too_large', `The ${this.#kind} is larger than ${this.#limitBytes} bytes.`, {
        remedy: 'Send a smaller file, or ask the operator to raise MAX_UPLOAD_BYTES.',
      });
    }
    await this.#writer.write(bytes);
  }

  /**
   * Makes it durable; what is refused is thrown away.
   * @throws AppError invalid_request for an empty file, archive_invalid for a dataset that is no whole 7z archive.
   */
  async finish(): Promise<StoredBlob> {
    try {
      if (this.#sizeBytes === 0) throw new AppError('invalid_request', `The ${this.#kind} is empty: 0 bytes arrived.`);
      if (this.#kind === 'dataset') this.#checkSevenZip();
      return await this.#writer.seal();
    } catch (error) {
      await this.#writer.abort();
      throw error;
    }
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }

  #checkSevenZip(): void {
    if (SEVEN_ZIP_SIGNATURE.some((byte, i) => this.#start[i] !== byte)) {
      throw new AppError('archive_invalid', 'The dataset is not a 7z archive: it does not begin as one.', {
        remedy: 'Pack labels.csv and the images with 7-Zip, format 7z, and send that file.',
      });
    }
    const header = new DataView(this.#start.buffer);
    const expectedBytes = BigInt(SEVEN_ZIP_START_BYTES) + header.getBigUint64(12, true) + header.getBigUint64(20, true);
    if (BigInt(this.#sizeBytes) < expectedBytes) {
      throw new AppError(
        'archive_invalid',
        `The 7z archive is cut short: ${this.#sizeBytes} of ${expectedBytes} bytes arrived.`,
        {
          remedy: 'Send the file again; if it is already short on your disk, pack it again.',
        },
      );
    }
    if (header.getBigUint64(20, true) === 0n) throw new AppError('archive_invalid', 'The 7z archive is empty.');
  }
}

export async function openUpload(ctx: ServiceContext, kind: UploadKind): Promise<Upload> {
  return new Upload(kind, ctx.config.MAX_UPLOAD_BYTES, await ctx.blobs.create());
}

/** Forgets a stored upload whose request turned out to be wrong. A blob that others share stays. */
export async function discardUpload(ctx: ServiceContext, blob: StoredBlob): Promise<void> {
  await dropBlob(ctx.client.db, blob.id);
}
