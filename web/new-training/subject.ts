/** What will be trained on: the data that was checked, or that of the model which goes on. */
import { signal } from '@preact/signals';
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { basis } from './config-draft.ts';
import { stage } from './data-flow.ts';
import { type Subject, subjectOf } from './estimate.ts';

/** The model that the form was opened from; null: none, or it has not arrived. */
export const baseModel = signal<ModelResource | null>(null);

/** @returns null while it is not known. */
export function subject(config: TrainingConfig): Subject | null {
  if (basis.value === 'resumeSame') return ofModel(config);
  const now = stage.value;
  return now.at === 'checked' ? ofReport(now.check.report, config) : null;
}

function ofReport({ sizes, channels, keypoints, labelled_frames: labelled }: DatasetReport, config: TrainingConfig) {
  // Smaller images are enlarged and padded to the largest.
  const image = {
    widthPx: Math.max(...sizes.map(({ width_px: px }) => px)),
    heightPx: Math.max(...sizes.map(({ height_px: px }) => px)),
    channels,
  };
  return subjectOf(image, keypoints.length, labelled, config);
}

function ofModel(config: TrainingConfig): Subject | null {
  const { input, keypoints, frames } = baseModel.value ?? {};
  if (!input || !keypoints || !frames || input.width_px === null || input.height_px === null) return null;
  const image = { widthPx: input.width_px, heightPx: input.height_px, channels: input.channels };
  return subjectOf(image, keypoints.length, frames.train + frames.validation + frames.holdout, config);
}
