/**
 * The smoothing of TensorBoard's charts: an exponential mean without the bias towards zero that its beginning would have. Written as a
 * running mean, m += (x - m) (1 - w) / (1 - wⁿ), which is the same and keeps a constant exactly constant, where a quotient of two rounded
 * sums shows spikes. It looks back only, so that a new value changes none before it.
 *
 * Source: https://github.com/tensorflow/tensorboard, line charts; Kingma and Ba, Adam (2015), §3, for the correction of the bias.
 */

/** A value, or null (no number) where a line has a gap. */
export type ChartValue = number | null;

/** Smooths values as they come. */
export class Smoother {
  readonly #weight: number;
  #mean = 0;
  /** The weight to the power of the values seen. */
  #power = 1;

  /** @param weight of what was before, from 0 (nothing is smoothed) to below 1. */
  constructor(weight: number) {
    this.#weight = weight;
  }

  /** @returns the smoothed value; of a gap null, and what follows goes on as if it had not been there. */
  next(value: ChartValue): ChartValue {
    if (value === null || !Number.isFinite(value)) return null;
    this.#power *= this.#weight;
    const share = (1 - this.#weight) / (1 - this.#power);
    // The sum below would round it.
    this.#mean = share === 1 ? value : this.#mean + (value - this.#mean) * share;
    return this.#mean;
  }
}

/** All of `values` smoothed, as many as there are. */
export function smooth(values: readonly ChartValue[], weight: number): ChartValue[] {
  const smoother = new Smoother(weight);
  return values.map(value => smoother.next(value));
}
