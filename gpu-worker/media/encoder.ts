/**
 * Writing a video: frames of planar YUV, one after another, become an mp4 of H.264 that browsers and slides play.
 *
 * x264 runs as WebAssembly in a thread of its own, which reads the frames from a ring of shared memory (packet-ring.ts): a slow encoder
 * stalls whoever makes the frames, and memory does not grow with the video. The file goes to disk as it is written.
 */
import type { Worker } from 'node:worker_threads';
import type { OverlayConfig } from '../../src/contract/inference.ts';
import { compileFfmpeg } from './ffmpeg.ts';
import {
  createPacketRing,
  endPackets,
  freeSlot,
  givePacket,
  type PacketRing,
  TICKS_PER_SECOND,
} from './packet-ring.ts';
import { type Answer, endedSilently, startThread, unwrap } from './thread.ts';

export interface EncodeSettings extends Pick<OverlayConfig, 'preset' | 'crf'> {
  /** Even, as is heightPx. */
  widthPx: number;
  heightPx: number;
  /** Frames a second, more or less: times are those of the frames. */
  fps: number;
}

/** What the thread is given. */
export interface EncodeJob {
  path: string;
  program: WebAssembly.Module;
  settings: EncodeSettings;
  ring: PacketRing;
}
/** What the encoder thread posts for each frame it has read, before its Answer<null>. */
export type SlotFree = 'free';

const ENTRY = new URL('./encode-thread.ts', import.meta.url);

export class VideoEncoder {
  readonly #thread: Worker;
  readonly #ring: PacketRing;
  readonly #signal: AbortSignal | undefined;
  #added = 0;
  /** Of the last frame. */
  #ticks = Number.NEGATIVE_INFINITY;
  /** null while the thread works. */
  #end: { error: unknown } | 'finished' | null = null;
  /** Whoever waits for a message of the thread, or for its end. */
  #wake: () => void = () => {};

  /** Starts to write the file `path`. Whoever opens an encoder closes it. */
  static async open(path: string, settings: EncodeSettings, signal?: AbortSignal): Promise<VideoEncoder> {
    signal?.throwIfAborted();
    const ring = createPacketRing((settings.widthPx * settings.heightPx * 3) / 2);
    return new VideoEncoder({ path, program: await compileFfmpeg(), settings, ring }, signal);
  }

  private constructor(job: EncodeJob, signal: AbortSignal | undefined) {
    this.#ring = job.ring;
    this.#signal = signal;
    this.#thread = startThread(ENTRY, job);
    this.#thread.on('message', (message: SlotFree | Answer<null>) => {
      if (message === 'free') this.#wake();
      else this.#endWith(message);
    });
    this.#thread.on('error', error => this.#fail(error));
    this.#thread.on('exit', () => this.#fail(endedSilently(ENTRY)));
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted) this.#abort();
  }

  /**
   * Where the next frame goes, as the planes Y, U and V: [3 / 2 H W], shared memory. Waits while the encoder is behind.
   * @throws what ended the thread; the signal's reason.
   */
  async room(): Promise<Uint8Array<SharedArrayBuffer>> {
    for (;;) {
      if (this.#end)
        throw this.#end === 'finished' ? new Error('The encoder ended before the frames did.') : this.#end.error;
      const slot = freeSlot(this.#ring, this.#added);
      if (slot) return slot;
      await this.#message();
    }
  }

  /**
   * Hands over the frame that was written to room(). Frames are shown in the order in which they come and none is lost: one whose time is not
   * later than that of the frame before is shown a microsecond after it. Times before 0 begin at 0.
   */
  add(timeSeconds: number): void {
    const ticks = Math.round(timeSeconds * TICKS_PER_SECOND);
    this.#ticks = Math.max(ticks, this.#ticks + 1, 0);
    givePacket(this.#ring, this.#added++, this.#ticks);
  }

  /** Waits until the file is complete. @throws as room() does. */
  async finish(): Promise<void> {
    endPackets(this.#ring);
    while (!this.#end) await this.#message();
    if (this.#end !== 'finished') throw this.#end.error;
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    await this.#thread.terminate();
  }

  #message(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve;
    });
  }

  #endWith(answer: Answer<null>): void {
    try {
      unwrap(answer);
      this.#end ??= 'finished';
      this.#wake();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  readonly #abort = (): void => {
    this.#fail(this.#signal!.reason);
    void this.#thread.terminate();
  };
}
