/** A dataset of any size as a streamed multipart form, made while it is sent. */
import { createHash } from 'node:crypto';
import { byteStream } from '../../src/http/byte-stream.ts';
import { config } from '../support/training-request.ts';

const BOUNDARY = '----a-boundary-of-the-tests';
const PIECE_BYTES = 65_536;

export interface LargeForm {
  contentType: string;
  body: ReadableStream<Uint8Array>;
  /** Of the file's bytes; once the body has been read. */
  sha256(): string;
}

/** @param sizeBytes of the file, at least 32. */
export function largeTrainingForm(sizeBytes: number): LargeForm {
  const hash = createHash('sha256');
  const part = (head: string) => Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`);
  async function* pieces() {
    yield part('name="training_config"');
    yield Buffer.from(`${JSON.stringify(config)}\r\n`);
    yield part('name="training_dataset"; filename="mice.7z"');
    for (let sent = 0; sent < sizeBytes; sent += PIECE_BYTES) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, sizeBytes - sent), (sent / PIECE_BYTES) % 251);
      // The head of a 7z archive that is as long as it says.
      if (sent === 0) {
        piece.set([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
        piece.writeBigUInt64LE(0n, 12);
        piece.writeBigUInt64LE(BigInt(sizeBytes - 32), 20);
      }
      hash.update(piece);
      yield piece;
    }
    yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
  }
  return {
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    body: byteStream(pieces()),
    sha256: () => hash.digest('hex'),
  };
}
