/**
 * The batches of a training, one step ahead: while the device computes a step, the next batch is read, augmented and drawn.
 * Leaves out: threads. The work is done between two steps on this one, so a GPU computes beside it, while on the CPU backend it adds to the
 * step; how much was not measured.
 */
import { TrainingOrder } from '../data/order.ts';
import { type Augmentation, type Batch, type LabelledImages, makeBatch } from './examples.ts';

export interface ExampleSettings {
  batchSize: number;
  seed: number;
  augmentation: Omit<Augmentation, 'seed'>;
}

export class ExampleSource {
  readonly #labelled: LabelledImages;
  readonly #order: TrainingOrder;
  readonly #augmentation: Augmentation;
  #next: { step: number; batch: Promise<Batch> } | null = null;

  /** @param frames the training frames. */
  constructor(labelled: LabelledImages, frames: readonly number[], { batchSize, seed, augmentation }: ExampleSettings) {
    this.#labelled = labelled;
    this.#order = new TrainingOrder(frames, batchSize, seed);
    this.#augmentation = { ...augmentation, seed };
  }

  /** The augmented batch of a step, counted over the whole training. */
  async training(step: number): Promise<Batch> {
    const batch = await (this.#next?.step === step ? this.#next.batch : this.#make(step));
    const ahead = this.#make(step + 1);
    // Whoever asks for it hears of its failure; nobody may.
    ahead.catch(() => {});
    this.#next = { step: step + 1, batch: ahead };
    return batch;
  }

  /** These frames as they are. */
  validation(frames: readonly number[]): Promise<Batch> {
    return makeBatch(this.#labelled, frames, null, 0);
  }

  #make(step: number): Promise<Batch> {
    return makeBatch(this.#labelled, this.#order.batch(step), this.#augmentation, step);
  }
}
