/**
 * When to lower the learning rate and when to stop, judged by val_loss at the end of each epoch.
 *
 * The rules of Keras 2.8's callbacks ReduceLROnPlateau and EarlyStopping in mode "min", under SLEAP's settings: what they count, in
 * which order they look, and where they differ (the one asks val < best - min_delta, the other val + min_delta < best). The state is
 * plain data, so that a checkpoint can carry it. Keras keeps the learning rate in 32 bits; here it has 64.
 */
import type { EarlyStopping as EarlyStoppingConfig, LearningRateSchedule } from '../../src/contract/training.ts';

export interface PlateauState {
  /** Lowest val_loss seen; null before the first. */
  best: number | null;
  /** Epochs since then. */
  wait: number;
  /** Epochs of rest that remain after a reduction. */
  cooldown: number;
}

export class ReduceLrOnPlateau {
  readonly #config: LearningRateSchedule;
  #state: PlateauState;

  constructor(config: LearningRateSchedule, state: PlateauState = { best: null, wait: 0, cooldown: 0 }) {
    this.#config = config;
    this.#state = { ...state };
  }

  get state(): PlateauState {
    return { ...this.#state };
  }

  /** Takes an epoch's val_loss and returns the learning rate of the next epoch. */
  next(valLoss: number, learningRate: number): number {
    const config = this.#config;
    if (!config.reduce_on_plateau) return learningRate;
    const state = this.#state;
    if (state.cooldown > 0) state.cooldown -= 1;
    if (valLoss < (state.best ?? Number.POSITIVE_INFINITY) - config.plateau_min_delta) {
      state.best = valLoss;
      state.wait = 0;
      return learningRate;
    }
    if (state.cooldown > 0) return learningRate;
    state.wait += 1;
    if (state.wait < config.plateau_patience || learningRate <= config.min_learning_rate) return learningRate;
    state.cooldown = config.plateau_cooldown;
    state.wait = 0;
    return Math.max(learningRate * config.reduction_factor, config.min_learning_rate);
  }
}

export interface StoppingState {
  best: number | null;
  wait: number;
  /** Epochs judged so far. */
  epochs: number;
}

export class EarlyStopping {
  readonly #config: EarlyStoppingConfig;
  #state: StoppingState;

  constructor(config: EarlyStoppingConfig, state: StoppingState = { best: null, wait: 0, epochs: 0 }) {
    this.#config = config;
    this.#state = { ...state };
  }

  get state(): StoppingState {
    return { ...this.#state };
  }

  /** Takes an epoch's val_loss and says whether training should end. */
  shouldStop(valLoss: number): boolean {
    const config = this.#config;
    const state = this.#state;
    const isFirst = state.epochs === 0;
    state.epochs += 1;
    state.wait += 1;
    if (valLoss + config.plateau_min_delta < (state.best ?? Number.POSITIVE_INFINITY)) {
      state.best = valLoss;
      state.wait = 0;
    }
    return config.stop_training_on_plateau && !isFirst && state.wait >= config.plateau_patience;
  }
}
