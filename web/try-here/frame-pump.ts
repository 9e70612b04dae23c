/**
 * The loop from source to result: it takes the newest frame, waits until it is computed, and takes the newest again. Never more than one
 * frame is under way, and frames that came meanwhile are passed over, so that what is shown does not lag behind what is played.
 */
import type { FrameSource } from './frame-source.ts';

/** A frame's time when nothing is known of the clip's rate. */
const USUAL_FRAME_SECONDS = 1 / 25;

export class FramePump {
  readonly #source: FrameSource;
  readonly #use: (frame: ImageBitmap, timeSeconds: number) => Promise<void>;
  #isPlaying = false;
  #isBusy = false;
  /** Something was asked for while a frame was under way. */
  #isDue = false;
  #isClosed = false;
  #callback = 0;
  /** Of the frame on show in the clip, and the shortest span between two that follow each other. */
  #mediaSeconds = 0;
  #frameSeconds = Number.POSITIVE_INFINITY;

  /** @param use computes and shows a frame, and closes it; it must not throw. */
  constructor(source: FrameSource, use: (frame: ImageBitmap, timeSeconds: number) => Promise<void>) {
    this.#source = source;
    this.#use = use;
    this.#watch();
  }

  async play(): Promise<void> {
    this.#isPlaying = true;
    this.#take();
    await this.#source.video?.play().catch(cause => {
      // Paused again, or left, before it began.
      if ((cause as DOMException).name !== 'AbortError') throw cause;
    });
  }

  pause(): void {
    this.#isPlaying = false;
    // A camera goes on, so that the next step shows the present.
    if (this.#source.kind === 'clip') this.#source.video!.pause();
  }

  /** Computes the frame of this moment, once; asked for while another is under way, after it. */
  again(): void {
    this.#take();
  }

  /** Pauses, and goes on by a frame; at the end of a clip to its beginning. */
  async step(): Promise<void> {
    this.pause();
    const { kind, video } = this.#source;
    if (kind === 'clip') {
      const seconds = Number.isFinite(this.#frameSeconds) ? this.#frameSeconds : USUAL_FRAME_SECONDS;
      const next = this.#mediaSeconds + 1.5 * seconds;
      await this.seek(next < video!.duration ? next : 0);
    } else this.#take();
  }

  /** Of a clip. */
  async seek(seconds: number): Promise<void> {
    const video = this.#source.video!;
    const seeked = new Promise(resolve => video.addEventListener('seeked', resolve, { once: true }));
    video.currentTime = seconds;
    await seeked;
    this.#mediaSeconds = video.currentTime;
    this.#take();
  }

  close(): void {
    this.#isClosed = true;
    this.#isPlaying = false;
    this.#source.video?.cancelVideoFrameCallback(this.#callback);
  }

  /** Told of each frame that the video shows. */
  #watch(): void {
    const { video } = this.#source;
    if (video === null) return;
    this.#callback = video.requestVideoFrameCallback((_now, { mediaTime }) => {
      const span = mediaTime - this.#mediaSeconds;
      if (span > 1e-3) this.#frameSeconds = Math.min(this.#frameSeconds, span);
      this.#mediaSeconds = mediaTime;
      if (this.#isPlaying) this.#take();
      if (!this.#isClosed) this.#watch();
    });
  }

  #take(): void {
    this.#isDue = true;
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      const { kind, video } = this.#source;
      // In the middle of a seek there is no frame; its end asks for one.
      if (video && video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) continue;
      const frame = await this.#source.grab().catch(cause => {
        if (!this.#isClosed) throw cause;
        return null; // it was closed under the grab
      });
      if (frame) await this.#use(frame, kind === 'clip' ? video!.currentTime : 0);
    }
    this.#isBusy = false;
  }
}
