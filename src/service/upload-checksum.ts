/** The checksum of a piece of an upload (tus 1.0, checksum extension). */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { AppError } from '../errors.ts';

const ALGORITHMS = { sha1, sha256, md5 };

export const CHECKSUM_ALGORITHMS = Object.keys(ALGORITHMS);

/** What the client says of a piece, and what has arrived of it. */
export class PieceChecksum {
  readonly #algorithm: string;
  /** Base64. */
  readonly #announced: string;
  readonly #hash: ReturnType<typeof sha256.create> | ReturnType<typeof sha1.create> | ReturnType<typeof md5.create>;

  /** @param header such as `sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`. @throws AppError invalid_request. */
  constructor(header: string) {
    const [, algorithm = '', announced = ''] = /^\s*(\S+) +(\S+)\s*$/.exec(header) ?? [];
    if (!Object.hasOwn(ALGORITHMS, algorithm))
      throw new AppError(
        'invalid_request',
        `Upload-Checksum has no algorithm that is known: "${header.slice(0, 80)}".`,
        {
          remedy: `Use one of ${CHECKSUM_ALGORITHMS.join(', ')}, a space, and the checksum in base64.`,
        },
      );
    this.#algorithm = algorithm;
    this.#announced = announced;
    this.#hash = ALGORITHMS[algorithm as keyof typeof ALGORITHMS].create();
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends it. @throws AppError checksum_wrong. */
  check(): void {
    const arrived = btoa(String.fromCharCode(...this.#hash.digest()));
    if (arrived === this.#announced) return;
    throw new AppError(
      'checksum_wrong',
      `The ${this.#algorithm} of what arrived is ${arrived}, not ${this.#announced.slice(0, 80)}; the piece was discarded.`,
      { remedy: 'Send the piece again.' },
    );
  }
}
