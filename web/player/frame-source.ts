/**
 * Single frames of a video that the browser cannot play: ffmpeg seeks to shortly before the one that is asked for and decodes two dozen from
 * there, which are kept as JPEG. Each frame is known by its time, wherever decoding began, and the next dozens are decoded ahead.
 */
import { INPUT, type OpenFfmpeg, openFfmpeg } from './ffmpeg.ts';
import type { FrameClock } from './frame-clock.ts';

/** Decoded at once. */
const WINDOW_FRAMES = 24;
/** Kept: some tens of megabytes. */
const MOST_KEPT = 480;
/** An instance dies after about a hundred runs. */
const MOST_RUNS = 40;

/** Times are those of the file from its start on, as predictions have them, wherever decoding begins. */
const CLOCK = ['-copyts', '-start_at_zero'];
/** Prints `frame:0    pts:512     pts_time:0.04` for each frame. */
const PRINT_TIMES = 'metadata=mode=add:key=n:value=0,metadata=mode=print:file=/times:direct=1';

export class FrameSource {
  readonly #video: Blob;
  readonly #clock: () => FrameClock;
  /** JPEG by frame, the longest unused first. */
  readonly #kept = new Map<number, Blob>();
  #open: Promise<OpenFfmpeg> | null = null;
  #runs = 0;
  /** The decoding under way, after which the next one begins. */
  #last: Promise<void> = Promise.resolve();
  #ahead = -1;
  readonly #closing = new AbortController();

  /** @param clock as it is now, whenever it is asked. */
  constructor(video: Blob, clock: () => FrameClock) {
    this.#video = video;
    this.#clock = clock;
  }

  /** The frame as a picture, which the caller closes. @throws Error with ffmpeg's words, or that there is no such frame. */
  async picture(frame: number): Promise<ImageBitmap> {
    if (!this.#kept.has(frame)) await this.#decode(frame);
    const jpeg = this.#kept.get(frame);
    if (!jpeg) throw new Error(`Frame ${frame} cannot be decoded.`);
    this.#keep(frame, jpeg);
    this.#decodeAhead(frame);
    return createImageBitmap(jpeg);
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  close(): void {
    this.#closing.abort();
    this.#kept.clear();
  }

  /** The window that the frame is in, once all before it are done. */
  #decode(frame: number): Promise<void> {
    const decoding = this.#last.then(async () => {
      if (!this.#kept.has(frame) && !this.isClosed) await this.#decodeWindow(windowOf(frame));
    });
    this.#last = decoding.catch(() => {}); // told to whoever asked for that frame
    return decoding;
  }

  #decodeAhead(frame: number): void {
    const next = windowOf(frame) + WINDOW_FRAMES;
    const isNear = frame >= next - WINDOW_FRAMES / 2;
    if (!isNear || this.#ahead === next || this.#kept.has(next) || next >= this.#clock().frames) return;
    this.#ahead = next;
    this.#decode(next).catch(() => {}); // it is tried again, and told, when that frame is asked for
  }

  async #decodeWindow(first: number): Promise<void> {
    const clock = this.#clock();
    const { ffmpeg, run } = await this.#instance();
    // Between the frame before and the first one: what is shown from there on is decoded.
    const seekSeconds = first === 0 ? 0 : (clock.secondsOf(first - 1) + clock.secondsOf(first)) / 2;
    const seek = first === 0 ? [] : ['-ss', seekSeconds.toFixed(6)];
    await run([
      ...['-loglevel', 'error', ...CLOCK, ...seek, '-i', INPUT, '-map', '0:V:0', '-frames:v', String(WINDOW_FRAMES)],
      ...['-vf', `${PRINT_TIMES},setsar=1`, '-vsync', 'passthrough', '-enc_time_base', '-1'],
      ...['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', '-f', 'image2', '/out%d.jpg'],
    ]);
    const times = String(await ffmpeg.readFile('/times', 'utf8'));
    const seconds = [...times.matchAll(/pts_time:(\S+)/g)].map(([, text]) => Number(text));
    const written = (await ffmpeg.listDir('/')).filter(({ name }) => /^out\d+\.jpg$/.test(name)).length;
    for (let i = 0; i < written; i++) {
      const path = `/out${i + 1}.jpg`;
      const bytes = (await ffmpeg.readFile(path)) as Uint8Array<ArrayBuffer>;
      await ffmpeg.deleteFile(path);
      this.#keep(clock.frameAt(seconds[i]!), new Blob([bytes], { type: 'image/jpeg' }));
    }
  }

  async #instance(): Promise<OpenFfmpeg> {
    if (this.#runs >= MOST_RUNS) {
      (await this.#open)?.close();
      this.#open = null;
      this.#runs = 0;
    }
    this.#runs++;
    this.#open ??= openFfmpeg(this.#video, this.#closing.signal);
    return this.#open.catch(error => {
      this.#open = null;
      throw error;
    });
  }

  #keep(frame: number, jpeg: Blob): void {
    this.#kept.delete(frame);
    this.#kept.set(frame, jpeg);
    for (const eldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(eldest);
    }
  }
}

/** Its first frame. */
function windowOf(frame: number): number {
  return frame - (frame % WINDOW_FRAMES);
}
