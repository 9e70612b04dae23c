/**
 * The batches of a training, a few steps ahead: while the device computes a step, threads read, augment and draw the next batches.
 *
 * Each thread draws its share of every batch, straight into shared memory, so nothing is copied; which one draws a frame changes no number
 * of it. Questions are asked ahead because a step on the CPU backend lets no message through. Memory: BATCHES batches, however many threads.
 */
import { TrainingOrder } from '../data/order.ts';
import { AnsweringThread } from '../media/answering-thread.ts';
import { levelsPerFrame, type PlannedFrame } from './example-drawing.ts';
import { type Augmentation, type LabelledImages, planBatch } from './example-plan.ts';
import type { ExampleJob, ExampleShare } from './example-thread.ts';
import { Batch } from './examples.ts';

/** Training steps that are prepared beyond the one that is asked for: with one alone a slow file would be waited for. */
const AHEAD = 2;
/** One alone draws 4 gray frames of 640 x 480 with every augmentation in 70 ms. */
const MOST_THREADS = 4;
/** The one in use, those ahead, and the next one of a validation. */
const BATCHES = 1 + AHEAD + 1;

export interface ExampleSettings {
  batchSize: number;
  seed: number;
  augmentation: Omit<Augmentation, 'seed'>;
  threads: number;
}

/**
 * How many threads draw. On wasm the step takes every core itself: two threads would only be in its way. Beside a GPU the host's cores are
 * free; what more than one bring there was not measured.
 */
export function exampleThreads(backend: string, cores: number): number {
  return backend === 'wasm' ? 1 : Math.min(MOST_THREADS, Math.max(1, cores - 1));
}

/** A batch that is being drawn, or ready. */
interface Upcoming {
  slot: number;
  planned: readonly PlannedFrame[];
  drawn: Promise<unknown>;
}

type Thread = AnsweringThread<ExampleShare, void>;

export class ExampleSource {
  readonly #labelled: LabelledImages;
  readonly #order: TrainingOrder;
  readonly #augmentation: Augmentation;
  readonly #slots: Uint8Array<SharedArrayBuffer>[];
  readonly #threadCount: number;
  /** Started with the first batch; null once closed. */
  #threads: Thread[] | null = [];
  /** Slots that nobody uses. One may still be drawn into for a batch that was dropped: a place of it always belongs to the same thread,
   * which draws it for the next batch afterwards. */
  readonly #free: number[];
  /** The slot of the batch in use. */
  #lent: number | null = null;
  /** By training step. */
  readonly #ahead = new Map<number, Upcoming>();

  /** @param frames the training frames. */
  constructor(
    labelled: LabelledImages,
    frames: readonly number[],
    { batchSize, seed, augmentation, threads }: ExampleSettings,
  ) {
    this.#labelled = labelled;
    this.#order = new TrainingOrder(frames, batchSize, seed);
    this.#augmentation = { ...augmentation, seed };
    this.#threadCount = threads;
    const levels = batchSize * levelsPerFrame(labelled.images.stored);
    this.#slots = Array.from({ length: BATCHES }, () => new Uint8Array(new SharedArrayBuffer(levels)));
    this.#free = [...this.#slots.keys()];
  }

  /**
   * The augmented batch of a step, counted over the whole training; valid until the next batch of either kind is asked for.
   * @throws AppError image_invalid naming the file; what ended a thread.
   */
  training(step: number): Promise<Batch> {
    for (const [known, { slot }] of this.#ahead) {
      if (known >= step && known <= step + AHEAD) continue;
      this.#free.push(slot);
      this.#ahead.delete(known);
    }
    this.#release();
    for (let next = step; next <= step + AHEAD; next++) {
      if (this.#ahead.has(next)) continue;
      this.#ahead.set(next, this.#draw(this.plan(next)));
    }
    const upcoming = this.#ahead.get(step)!;
    this.#ahead.delete(step);
    return this.#lend(upcoming);
  }

  /** The same batch before a pixel is touched, for whoever has the images elsewhere. */
  plan(step: number): PlannedFrame[] {
    return planBatch(this.#labelled, this.#order.batch(step), this.#augmentation, step);
  }

  /**
   * All these frames as they are, in batches of at most `batchSize`, each valid until the next batch is asked for.
   * @param batchSize at most that of the training.
   * @throws as training() does.
   */
  async *validation(frames: readonly number[], batchSize: number): AsyncGenerator<Batch> {
    const drawFrom = (start: number) =>
      start < frames.length
        ? this.#draw(planBatch(this.#labelled, frames.slice(start, start + batchSize), null, 0))
        : null;
    this.#release();
    let next = drawFrom(0);
    try {
      for (let start = batchSize; next !== null; start += batchSize) {
        const batch = this.#lend(next);
        next = drawFrom(start);
        yield await batch;
        this.#release();
      }
    } finally {
      if (next !== null) this.#free.push(next.slot);
    }
  }

  /** Terminates the threads, whatever they are doing. */
  async close(): Promise<void> {
    const threads = this.#threads ?? [];
    this.#threads = null;
    await Promise.all(threads.map(thread => thread.close()));
  }

  #draw(planned: readonly PlannedFrame[]): Upcoming {
    const slot = this.#free.pop()!;
    const shares = this.#running().map((thread, i, { length }) => {
      const frames = planned.filter(({ place }) => place % length === i);
      return thread.ask({ slot, frames });
    });
    const drawn = Promise.all(shares);
    // Whoever asks for it hears of its failure; nobody may.
    drawn.catch(() => {});
    return { slot, planned, drawn };
  }

  async #lend({ slot, planned, drawn }: Upcoming): Promise<Batch> {
    this.#lent = slot;
    await drawn;
    const points = planned.map(frame => frame.points);
    return new Batch(this.#labelled, this.#slots[slot]!, points);
  }

  #release(): void {
    if (this.#lent !== null) this.#free.push(this.#lent);
    this.#lent = null;
  }

  #running(): Thread[] {
    if (this.#threads === null) throw new Error('The examples were closed.');
    if (this.#threads.length === 0) {
      const entry = new URL('./example-thread.ts', import.meta.url);
      const job: ExampleJob = { images: this.#labelled.images.stored, slots: this.#slots };
      this.#threads = Array.from({ length: this.#threadCount }, () => new AnsweringThread(entry, job));
    }
    return this.#threads;
  }
}
