/** Options of the command line as the settings that the API takes. What is not given is left to the service, which also checks them. */
import type { DatasetOptions } from '../../src/contract/dataset.ts';
import type { InferenceConfigInput, OverlayConfigInput } from '../../src/contract/inference.ts';
import { type OptionName, UsageError, type Values } from './command.ts';

export const DATASET_OPTIONS = ['format', 'labels', 'password'] as const satisfies OptionName[];
export const INFERENCE_OPTIONS = [
  'threshold',
  'refinement',
  'frames',
  'every',
  'batch',
  'precision',
] as const satisfies OptionName[];

/** @throws UsageError for an option that should be a number and is none. */
export function inferenceConfig(given: Values): InferenceConfigInput {
  return withoutUndefined({
    peak_threshold: numberOf(given, 'threshold'),
    refinement: given.refinement === 'none' ? null : given.refinement,
    frames: given.frames,
    frame_step: numberOf(given, 'every'),
    batch_size: numberOf(given, 'batch'),
    precision: given.precision,
  }) as InferenceConfigInput;
}

/** @throws UsageError for an option that should be a number and is none. */
export function overlayConfig(given: Values): OverlayConfigInput {
  return withoutUndefined({ trail_length: numberOf(given, 'trail'), peak_threshold: numberOf(given, 'threshold') });
}

/** How to read a dataset. */
export function datasetOptions(given: Values): DatasetOptions {
  return withoutUndefined({
    dataset_format: given.format,
    dataset_labels: given.labels,
    dataset_password: given.password,
  }) as DatasetOptions;
}

/** @returns undefined where it was not given. @throws UsageError for what is no number. */
export function numberOf(
  given: Values,
  name: 'threshold' | 'every' | 'batch' | 'trail' | 'count' | 'limit' | 'tail',
): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new UsageError(`--${name} takes a number, not "${text}".`);
  return value;
}

function withoutUndefined(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
