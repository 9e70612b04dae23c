/**
 * One visit of this view: the network once it is loaded, the source once it is chosen, and the newest result, as signals that the view's
 * parts read. close() ends the thread, switches the camera off and lets go of every picture.
 *
 * Results are shown as they come; numbers to be read follow at most four times a second (`read`), since nobody reads faster.
 */
import { type Signal, signal } from '@preact/signals';
import { SleapError } from '../../client/sleap-error.ts';
import { Engine, EngineClosed } from './engine.ts';
import type { BackendChoice, Device, FrameResult } from './engine-messages.ts';
import { FramePump } from './frame-pump.ts';
import { type FrameSource, openCamera, openFile, SourceError, type SourceFault } from './frame-source.ts';
import { FrameTimer, type FrameTimes } from './frame-times.ts';
import { downloadWeights, type ModelOffer } from './model-download.ts';

const READ_EVERY_MS = 250;

export type EngineState =
  | { step: 'none' }
  | { step: 'downloading'; doneBytes: number }
  | { step: 'starting' }
  | { step: 'ready'; device: Device }
  /** @param message in the words of the browser, TensorFlow.js or the service. */
  | { step: 'failed'; failure: SleapError | string }
  | { step: 'lost'; message: string };

export interface Shown extends FrameResult {
  timeSeconds: number;
}

export interface Reading {
  shown: Shown;
  times: FrameTimes;
}

export class Trial {
  readonly engine: Signal<EngineState> = signal({ step: 'none' });
  readonly source = signal<FrameSource | null>(null);
  readonly sourceFault = signal<{ fault: SourceFault; name: string } | null>(null);
  /** A source is being opened: the reader may have to answer the browser first. */
  readonly isOpening = signal(false);
  readonly isPlaying = signal(false);
  readonly shown = signal<Shown | null>(null);
  readonly reading = signal<Reading | null>(null);
  readonly heatOf = signal<number | null>(null);
  readonly #offer: ModelOffer;
  readonly #ending = new AbortController();
  #weights: ArrayBuffer | null = null;
  #engine: Engine | null = null;
  #pump: FramePump | null = null;
  #timer = new FrameTimer();
  #readAtMs = 0;
  #settling = 0;
  /** Counts the sources that were asked for: one that opens after another was chosen is closed again. */
  #asked = 0;

  constructor(offer: ModelOffer) {
    this.#offer = offer;
  }

  /** Downloads the weights, unless they are here, and starts the network; an engine that runs is replaced. */
  async load(backend: BackendChoice): Promise<void> {
    this.#dropEngine();
    const { signal } = this.#ending;
    try {
      if (this.#weights === null) {
        this.engine.value = { step: 'downloading', doneBytes: 0 };
        const report = (doneBytes: number) => {
          this.engine.value = { step: 'downloading', doneBytes };
        };
        this.#weights = await downloadWeights(this.#offer, report, signal);
      }
      this.engine.value = { step: 'starting' };
      const files = { ...this.#offer.files, weights: this.#weights };
      const { engine, device } = await Engine.open(files, backend, message => this.#lose(message), signal);
      this.#engine = engine;
      this.#timer = new FrameTimer();
      this.engine.value = { step: 'ready', device };
      if (this.isPlaying.peek()) void this.#pump?.play();
      else this.#pump?.again();
    } catch (error) {
      this.#fail(error);
    }
  }

  async useFile(file: File): Promise<void> {
    await this.#open(() => openFile(file), file.name);
  }

  async useCamera(): Promise<void> {
    await this.#open(openCamera, '');
  }

  /** Lets go of the source; a camera goes dark. */
  dropSource(): void {
    this.#asked += 1;
    this.#pump?.close();
    this.#pump = null;
    this.source.peek()?.close();
    this.source.value = null;
    this.isOpening.value = false;
    this.isPlaying.value = false;
    this.shown.peek()?.bitmap.close();
    this.shown.value = null;
    this.reading.value = null;
  }

  play(): void {
    this.isPlaying.value = true;
    void this.#pump?.play();
  }

  pause(): void {
    this.isPlaying.value = false;
    this.#pump?.pause();
    this.#settle();
  }

  async step(): Promise<void> {
    this.isPlaying.value = false;
    await this.#pump?.step();
  }

  async seek(seconds: number): Promise<void> {
    await this.#pump?.seek(seconds);
  }

  /** The keypoint whose confidence map lies over the frame. */
  showHeatOf(keypoint: number | null): void {
    this.heatOf.value = keypoint;
    if (!this.isPlaying.peek()) this.#pump?.again();
  }

  close(): void {
    this.#ending.abort(new EngineClosed('The view was left.'));
    this.#dropEngine();
    this.dropSource();
  }

  async #open(open: (onLost: () => void) => Promise<FrameSource>, name: string): Promise<void> {
    this.dropSource();
    const asked = this.#asked;
    this.sourceFault.value = null;
    this.isOpening.value = true;
    try {
      const source = await open(() => {
        if (asked !== this.#asked) return;
        this.dropSource();
        this.sourceFault.value = { fault: 'camera-lost', name };
      });
      if (asked !== this.#asked) return source.close();
      this.source.value = source;
      this.#timer = new FrameTimer();
      this.#pump = new FramePump(source, (frame, timeSeconds) => this.#compute(frame, timeSeconds, source));
      if (source.kind === 'picture') this.#pump.again();
      else this.play();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      if (asked === this.#asked) this.sourceFault.value = { fault: error.fault, name };
    } finally {
      if (asked === this.#asked) this.isOpening.value = false;
    }
  }

  async #compute(frame: ImageBitmap, timeSeconds: number, source: FrameSource): Promise<void> {
    const engine = this.#engine;
    if (engine === null) return frame.close();
    try {
      const result = await engine.run(frame, this.heatOf.peek());
      if (source !== this.source.peek()) return result.bitmap.close();
      this.#show({ ...result, timeSeconds });
    } catch (error) {
      this.#fail(error);
    }
  }

  #show(shown: Shown): void {
    const before = this.shown.peek();
    this.shown.value = shown;
    before?.bitmap.close();
    const nowMs = performance.now();
    this.#timer.add(shown.ms, nowMs);
    if (nowMs - this.#readAtMs > READ_EVERY_MS) this.#settle();
    else {
      clearTimeout(this.#settling);
      this.#settling = window.setTimeout(() => this.#settle(), READ_EVERY_MS);
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    const shown = this.shown.peek();
    if (shown === null) return;
    this.#readAtMs = performance.now();
    this.reading.value = { shown, times: this.#timer.times() };
  }

  #lose(message: string): void {
    this.#dropEngine();
    this.engine.value = { step: 'lost', message };
  }

  #fail(error: unknown): void {
    // Left, or replaced by another engine: nobody waits for this one.
    if (error instanceof EngineClosed) return;
    this.#dropEngine();
    const failure = error instanceof SleapError ? error : error instanceof Error ? error.message : String(error);
    this.engine.value = { step: 'failed', failure };
  }

  #dropEngine(): void {
    this.#engine?.close();
    this.#engine = null;
  }
}
