/**
 * The owner of one decoder thread: gives it piece after piece, keeps what it has ready, and starts another one when it dies.
 *
 * A damaged video may crash ffmpeg or use up its memory. Decoding then goes on behind the last frame that came, with a fresh thread or
 * a fresh instance; if that dies as well without a frame, the piece ends there.
 */
import type { Worker } from 'node:worker_threads';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { messageOf } from '../../src/errors.ts';
import type { FrameIndex } from './frame-index.ts';
import type { FrameCounts } from './frame-numbers.ts';
import { createRing, type FrameRing, releaseSlot, slotOf } from './frame-ring.ts';
import { type Piece, pieceBehind } from './pieces.ts';
import { frameBytesOf, type Pixels } from './pixels.ts';
import { createCounter, type ProgressCounter } from './stall.ts';
import { type Answer, startThread, unwrap } from './thread.ts';

/** What a decoder thread is given, with its ring. */
export interface DecoderSetup {
  path: string;
  program: WebAssembly.Module;
  info: VideoInfo;
  index: FrameIndex | null;
  limitedLuma: boolean;
  pixels: Pixels;
  progress: ProgressCounter;
}

/** What the thread posts for each frame that it put into the ring, in their order. */
export interface FrameReady {
  index: number;
  timeSeconds: number;
}

/** What it posts at the end of a piece. */
export interface PieceEnd extends FrameCounts {
  /** What ffmpeg complained of first; '' for nothing. */
  reason: string;
  crashed: boolean;
}

interface Ready extends FrameReady {
  ring: FrameRing;
  slot: number;
}

/** Who gives a decoder its work. */
export interface PieceSource {
  /** The next piece; undefined: there is none left. */
  next(): Piece | undefined;
  ended(end: PieceEnd): void;
  /** A frame is ready, the decoder has become idle, or it has failed. */
  changed(): void;
}

const MOST_DEATHS_WITHOUT_FRAME = 2;

export class Decoder {
  readonly progress = createCounter();
  /** What the reader is to be told: an error that is no fault of the video. */
  failure: { error: unknown } | null = null;
  readonly #setup: Omit<DecoderSetup, 'progress'>;
  readonly #ringBytes: number;
  readonly #source: PieceSource;
  readonly #ready: Ready[] = [];
  #thread!: Worker;
  #ring!: FrameRing;
  #put = 0;
  #piece: Piece | undefined;
  #lastFrame = -1;
  #deathsWithoutFrame = 0;
  #closed = false;

  constructor(setup: Omit<DecoderSetup, 'progress'>, ringBytes: number, source: PieceSource) {
    this.#setup = setup;
    this.#ringBytes = ringBytes;
    this.#source = source;
    this.#start();
    this.#beginNext();
  }

  /** Whether no further frame will come. */
  get isIdle(): boolean {
    return this.#piece === undefined && this.#ready.length === 0;
  }

  /** The number of the next frame; Infinity: none is ready. */
  get nextFrame(): number {
    return this.#ready[0]?.index ?? Number.POSITIVE_INFINITY;
  }

  /** The next frame that is ready; its memory is used again once `release` is called. */
  take(): FrameReady & { data: Uint8Array<SharedArrayBuffer>; release: () => void } {
    const { index, timeSeconds, ring, slot } = this.#ready.shift()!;
    return { index, timeSeconds, data: slotOf(ring, slot), release: () => releaseSlot(ring) };
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread.terminate();
  }

  #start(): void {
    this.#ring = createRing(frameBytesOf(this.#setup.info, this.#setup.pixels), this.#ringBytes);
    this.#put = 0;
    const job = { ...this.#setup, progress: this.progress, ring: this.#ring };
    const thread = startThread(new URL('./decode-thread.ts', import.meta.url), job);
    let death = 'the decoder ended without a word';
    thread.on('message', (message: FrameReady | Answer<PieceEnd>) => this.#hear(message));
    thread.on('error', (error: Error & { code?: string }) => {
      death = messageOf(error);
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') this.#fail(error);
    });
    thread.on('exit', () => {
      if (this.#closed || this.failure || !this.#piece) return;
      this.#start();
      this.#resume({ decoded: 0, unknown: 0, repeated: 0, reason: death, crashed: true });
    });
    this.#thread = thread;
  }

  #hear(message: FrameReady | Answer<PieceEnd>): void {
    if ('index' in message) {
      this.#lastFrame = message.index;
      this.#deathsWithoutFrame = 0;
      this.#ready.push({ ...message, ring: this.#ring, slot: this.#put++ });
      this.#source.changed();
      return;
    }
    try {
      const end = unwrap(message);
      if (end.crashed) this.#resume(end);
      else this.#finish(end);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Goes on behind the last frame after a crash. */
  #resume(end: PieceEnd): void {
    const left = pieceBehind(this.#piece!, this.#lastFrame, this.#setup.index);
    if (left && ++this.#deathsWithoutFrame < MOST_DEATHS_WITHOUT_FRAME) this.#begin(left);
    else this.#finish(end);
  }

  #finish(end: PieceEnd): void {
    this.#source.ended(end);
    this.#beginNext();
  }

  #beginNext(): void {
    this.#piece = undefined;
    this.#lastFrame = -1;
    this.#deathsWithoutFrame = 0;
    const piece = this.#source.next();
    if (piece) this.#begin(piece);
    else this.#source.changed();
  }

  #begin(piece: Piece): void {
    this.#piece = piece;
    this.#thread.postMessage(piece);
  }

  #fail(error: unknown): void {
    this.failure ??= { error };
    this.#source.changed();
  }
}
