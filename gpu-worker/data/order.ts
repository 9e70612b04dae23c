/**
 * Which frames are in which training batch, as a pure function of the seed: nothing to save in a checkpoint but a position.
 *
 * As SLEAP's pipeline (Batcher and Repeater): every pass over the data is shuffled anew and cut into full batches, what is left over is
 * dropped; with fewer frames than a batch holds, passes are strung together first. Steps go on across epochs.
 */
import { Random, shuffle } from './random.ts';

export class TrainingOrder {
  readonly #frames: readonly number[];
  readonly #batchSize: number;
  readonly #seed: number;
  /** The last shuffled pass, since neighbouring batches share it. */
  #pass: { number: number; frames: number[] } | null = null;

  constructor(frames: readonly number[], batchSize: number, seed: number) {
    this.#frames = frames;
    this.#batchSize = batchSize;
    this.#seed = seed;
  }

  /** @param step counted over the whole training, from 0. @returns batchSize frames. */
  batch(step: number): number[] {
    const perPass = Math.floor(this.#frames.length / this.#batchSize);
    if (perPass > 0) {
      const start = (step % perPass) * this.#batchSize;
      return this.#shuffled(Math.floor(step / perPass)).slice(start, start + this.#batchSize);
    }
    return Array.from({ length: this.#batchSize }, (_, i) => {
      const position = step * this.#batchSize + i;
      const n = this.#frames.length;
      return this.#shuffled(Math.floor(position / n))[position % n]!;
    });
  }

  #shuffled(number: number): number[] {
    if (this.#pass?.number !== number) {
      this.#pass = { number, frames: shuffle(this.#frames, Random.of(this.#seed, `pass ${number}`)) };
    }
    return this.#pass.frames;
  }
}
