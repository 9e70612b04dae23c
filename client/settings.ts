/** Options of the command line as the settings that the API takes. What is not given is left to the service, which also checks them. */
import type { DatasetOptions } from '../src/contract/dataset.ts';
import type { InferenceConfigInput, OverlayConfigInput } from '../src/contract/inference.ts';

/** For parseArgs. */
export const SETTING_OPTIONS = {
  threshold: { type: 'string' },
  refinement: { type: 'string' },
  frames: { type: 'string' },
  every: { type: 'string' },
  batch: { type: 'string' },
  precision: { type: 'string' },
  trail: { type: 'string' },
  format: { type: 'string' },
  labels: { type: 'string' },
  password: { type: 'string' },
  count: { type: 'string' },
} as const;
type Settings = { [name in keyof typeof SETTING_OPTIONS]?: string | undefined };

/** @throws Error for an option that should be a number and is none. */
export function inferenceConfig(given: Settings): InferenceConfigInput {
  return withoutUndefined({
    peak_threshold: number(given, 'threshold'),
    refinement: given.refinement === 'none' ? null : given.refinement,
    frames: given.frames,
    frame_step: number(given, 'every'),
    batch_size: number(given, 'batch'),
    precision: given.precision,
  }) as InferenceConfigInput;
}

/** @throws Error for an option that should be a number and is none. */
export function overlayConfig(given: Settings): OverlayConfigInput {
  return withoutUndefined({ trail_length: number(given, 'trail'), peak_threshold: number(given, 'threshold') });
}

/** How to read a dataset. */
export function datasetOptions(given: Settings): DatasetOptions {
  return withoutUndefined({
    dataset_format: given.format,
    dataset_labels: given.labels,
    dataset_password: given.password,
  }) as DatasetOptions;
}

/** How many frames to suggest; undefined: the service's choice. @throws Error for what is no number. */
export function suggestionCount(given: Settings): number | undefined {
  return number(given, 'count');
}

function number(given: Settings, name: keyof Settings): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new Error(`--${name} takes a number, not "${text}".`);
  return value;
}

function withoutUndefined(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
