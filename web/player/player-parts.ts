/** What every part of a player is given. */
import type { ReadonlySignal } from '@preact/signals';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import type { FrameClock } from './frame-clock.ts';
import type { Playback } from './playback.ts';
import type { Predictions } from './predictions.ts';
import type { PlayerSettings } from './settings.ts';

export interface PictureSize {
  widthPx: number;
  heightPx: number;
}

export interface PlayerParts {
  /** As it was when the player began: its number, keypoints and edges never change. */
  inference: InferenceResource;
  playback: Playback;
  predictions: Predictions;
  settings: PlayerSettings;
  /** Of the predictions as they are now. */
  clock: ReadonlySignal<FrameClock>;
  /** Of what fills the stage, in px of the predictions. */
  picture: ReadonlySignal<PictureSize>;
  /** The stage tells the size of its pictures, for a video that no worker has read yet. */
  takeSize: (size: PictureSize) => void;
}
