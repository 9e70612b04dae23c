/**
 * Reads the frames of all pieces from one decoder or several side by side.
 *
 * It begins with one decoder. Another is started only while the reader keeps waiting for frames, so that a reader slower than decoding
 * never has more. Frames of one piece ascend; of what is ready the earliest frame is read first.
 */
import { AppError } from '../../src/errors.ts';
import { Decoder, type DecoderSetup, type PieceEnd } from './decoder.ts';
import type { Piece } from './pieces.ts';
import { watchForStall } from './stall.ts';

/** All rings together. */
const RINGS_BYTES = 96 * 2 ** 20;
/** How many more frames must have been waited for than were ready before another decoder is started. */
const WAITS_FOR_ANOTHER = 32;

export interface PoolOptions {
  /** At most. */
  decoders: number;
  stallSeconds: number;
  signal: AbortSignal | undefined;
}

export class DecoderPool {
  readonly #setup: Omit<DecoderSetup, 'progress'>;
  readonly #pieces: Piece[];
  readonly #options: PoolOptions;
  readonly #decoders: Decoder[] = [];
  readonly #ends: PieceEnd[] = [];
  #wake = () => {};
  #waits = 0;
  #lastRead = -1;
  readonly #abort = () => {
    void this.close();
    this.#wake();
  };

  constructor(setup: Omit<DecoderSetup, 'progress'>, pieces: readonly Piece[], options: PoolOptions) {
    this.#setup = setup;
    this.#pieces = [...pieces];
    this.#options = options;
    options.signal?.throwIfAborted();
    options.signal?.addEventListener('abort', this.#abort);
    if (pieces.length > 0) this.#addDecoder();
  }

  /** How pieces ended, so far. */
  get ends(): readonly PieceEnd[] {
    return this.#ends;
  }

  /**
   * The next frame; null: there are no more. Call its `release` when it is done with.
   * @throws AppError video_invalid when decoding stands still; the signal's reason; what ended a decoder.
   */
  async next(): Promise<ReturnType<Decoder['take']> | null> {
    for (let waited = false; ; waited = true) {
      this.#options.signal?.throwIfAborted();
      const failed = this.#decoders.find(({ failure }) => failure);
      if (failed) throw failed.failure!.error;
      const decoder = this.#earliest();
      if (decoder && decoder.nextFrame < Number.POSITIVE_INFINITY) {
        if (this.#lastRead >= 0) this.#waits = Math.max(0, this.#waits + (waited ? 1 : -1));
        const frame = decoder.take();
        this.#lastRead = frame.index;
        return frame;
      }
      if (this.#decoders.every(({ isIdle }) => isIdle)) return null;
      if (this.#waits >= WAITS_FOR_ANOTHER && this.#pieces.length > 0) this.#addDecoder();
      await this.#change();
    }
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    await Promise.all(this.#decoders.map(decoder => decoder.close()));
  }

  #earliest(): Decoder | undefined {
    return this.#decoders.reduce<Decoder | undefined>(
      (first, each) => (first && first.nextFrame <= each.nextFrame ? first : each),
      undefined,
    );
  }

  #addDecoder(): void {
    const { decoders: most } = this.#options;
    if (this.#decoders.length >= most) return;
    this.#waits = 0;
    const source = {
      next: () => this.#pieces.shift(),
      ended: (end: PieceEnd) => void this.#ends.push(end),
      changed: () => this.#wake(),
    };
    this.#decoders.push(new Decoder(this.#setup, RINGS_BYTES / most, source));
  }

  /** Resolves when a decoder has something new. */
  async #change(): Promise<void> {
    const { stallSeconds } = this.#options;
    const progress = () => this.#decoders.reduce((sum, decoder) => sum + Atomics.load(decoder.progress, 0), 0);
    const isStalled = await new Promise<boolean>(resolve => {
      const stop = watchForStall(progress, stallSeconds, () => resolve(true));
      this.#wake = () => {
        stop();
        resolve(false);
      };
    });
    if (!isStalled) return;
    const where = this.#lastRead < 0 ? 'before its first frame' : `behind frame ${this.#lastRead}`;
    throw new AppError(
      'video_invalid',
      `Decoding the video stands still: nothing came for ${stallSeconds} seconds, ${where}.`,
      { remedy: 'The file is damaged in a way that the decoder does not get over; re-encode it as H.264 in an mp4.' },
    );
  }
}
