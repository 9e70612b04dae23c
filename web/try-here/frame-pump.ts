/**
 * The loop from source to result: it takes the newest frame, waits until it is computed, and takes the newest again. Never more than one
 * frame is under way, and frames that came meanwhile are passed over, so that what is shown does not lag behind what is played.
 */
import type { FrameSource } from './frame-source.ts';

/** Between two frames that a usual screen shows. */
const SCREEN_SPAN_SECONDS = 1 / 60;
/** A clip of a fast camera has more frames than a screen shows, by this factor at most. */
const FRAMES_A_SHOWN_ONE = 4;
/** A seek that brings no other frame into sight is over so long after its end. */
const SETTLE_MS = 100;

export class FramePump {
  readonly #source: FrameSource;
  readonly #use: (frame: ImageBitmap, timeSeconds: number) => Promise<void>;
  #isPlaying = false;
  #isBusy = false;
  /** Something was asked for while a frame was under way. */
  #isDue = false;
  #isClosed = false;
  #callback = 0;
  /** When the frame on show in the clip begins, and the shortest span to another that was shown. */
  #mediaSeconds = 0;
  #shownSpanSeconds: number | null = null;
  /** The shortest span from a frame to the very next, once a step has found one. */
  #spanSeconds: number | null = null;
  #onFrame = () => {};

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
    if (this.#source.kind === 'clip') await this.#toNextFrame();
    this.#take();
  }

  /** Of a clip. */
  async seek(seconds: number): Promise<void> {
    await this.#goTo(seconds);
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
      if (this.#isPlaying && span > 1e-3) this.#shownSpanSeconds = Math.min(span, this.#shownSpanSeconds ?? span);
      this.#mediaSeconds = mediaTime;
      this.#onFrame();
      if (this.#isPlaying) this.#take();
      if (!this.#isClosed) this.#watch();
    });
  }

  /**
   * A player does not tell when the next frame begins, and shows only some of a fast clip's. So it is looked for ever further ahead: twice
   * as far as within a frame is never beyond the next one. Where it was found, later steps look first.
   */
  async #toNextFrame(): Promise<void> {
    const { duration } = this.#source.video!;
    const begin = this.#mediaSeconds;
    let ahead = 1.25 * (this.#spanSeconds ?? (this.#shownSpanSeconds ?? SCREEN_SPAN_SECONDS) / FRAMES_A_SHOWN_ONE);
    while (begin + ahead < duration && !this.#isClosed) {
      await this.#goTo(begin + ahead);
      const span = this.#mediaSeconds - begin;
      if (span > 0) {
        this.#spanSeconds = Math.min(span, this.#spanSeconds ?? span);
        return;
      }
      ahead *= 2;
    }
    await this.#goTo(0);
  }

  async #goTo(seconds: number): Promise<void> {
    const video = this.#source.video!;
    const cameFrame = new Promise<void>(resolve => {
      this.#onFrame = resolve;
    });
    const seeked = new Promise(resolve => video.addEventListener('seeked', resolve, { once: true }));
    video.currentTime = seconds;
    await seeked;
    await Promise.race([cameFrame, new Promise(resolve => setTimeout(resolve, SETTLE_MS))]);
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
      if (frame) await this.#use(frame, kind === 'clip' ? this.#mediaSeconds : 0);
    }
    this.#isBusy = false;
  }
}
