/**
 * The last predictor of this process, kept on the device between tasks: the next video of the same model and size begins at once, without
 * reading weights, building layers and compiling. One is kept, since its weights and a GPU's recording take memory that other work needs.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Predictor } from './predict.ts';

export interface LoadedPredictor {
  network: LayersModel;
  predictor: Predictor;
  /** Frames. */
  batchSize: number;
}

export class PredictorCache {
  #key = '';
  #loaded: LoadedPredictor | null = null;

  /**
   * Lends a predictor for the time of `work`. It is kept afterwards unless `work` threw: what state it is in then, nobody knows.
   * @param key all that it depends on.
   * @param load makes it if the one that is kept has another key, which is disposed of before.
   */
  async lend<T>(
    key: string,
    load: () => Promise<LoadedPredictor>,
    work: (lent: LoadedPredictor) => Promise<T>,
  ): Promise<T> {
    if (key !== this.#key) this.clear();
    const lent = this.#loaded ?? (await load());
    this.#loaded = null;
    try {
      const result = await work(lent);
      this.#key = key;
      this.#loaded = lent;
      return result;
    } finally {
      if (this.#loaded === null) disposeOf(lent);
    }
  }

  /** Gives the memory back, before work of another kind. */
  clear(): void {
    if (this.#loaded) disposeOf(this.#loaded);
    this.#loaded = null;
    this.#key = '';
  }
}

function disposeOf({ network, predictor }: LoadedPredictor): void {
  predictor.dispose();
  network.dispose();
}
