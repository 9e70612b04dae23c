/**
 * A training_config as it grows in the form: values by path, what they are when nothing was chosen, which fields have a say, and what the contract
 * finds wrong. Values that are as by default are not sent, so that the configuration reads as a person would write it.
 */
import type { z } from 'zod';
import { BACKBONE_SCHEMAS, type Backbone, type BackboneChoice } from '../../src/contract/backbones.ts';
import { headStrides } from '../../src/contract/head-strides.ts';
import { type TrainingConfig, trainingConfigSchema } from '../../src/contract/training.ts';
import { type Field, pointerOf } from './fields.ts';

export type SentConfig = Record<string, unknown>;

export interface Fault {
  /** JSON pointer into training_config. */
  pointer: string;
  /** In English, as the contract or the service says it. */
  detail: string;
  /** Of the contract's checks: which one failed, for words in another language. */
  code: string | null;
  /** The bound that was passed, if it was one. */
  bound: number | null;
}

export interface Checked {
  /** Complete; null while something is wrong. */
  config: TrainingConfig | null;
  faults: Fault[];
}

/** @returns undefined for what is not there. */
export function valueAt(config: SentConfig, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as SentConfig | null | undefined)?.[name], config);
}

/** A copy with one value changed. @param value undefined: left out, and with it an object that has nothing else. */
export function withValue(config: SentConfig, [name, ...rest]: readonly string[], value: unknown): SentConfig {
  const { [name!]: before, ...others } = config;
  const next = rest.length === 0 ? value : withValue((before ?? {}) as SentConfig, rest, value);
  const isEmpty = next === undefined || (rest.length > 0 && Object.keys(next as object).length === 0);
  // In the place where it was, so that the JSON does not jump about.
  if (!isEmpty && before !== undefined) return { ...config, [name!]: next };
  return isEmpty ? others : { ...others, [name!]: next };
}

/** What is in force: as chosen, else the default. */
export function fieldValue(config: SentConfig, { path, byDefault }: Field): unknown {
  const value = valueAt(config, path);
  return value === undefined ? byDefault : value;
}

/** @param value as chosen; the default is left out. */
export function withField(config: SentConfig, { path, byDefault }: Field, value: unknown): SentConfig {
  return withValue(config, path, value === byDefault && byDefault !== undefined ? undefined : value);
}

/** The network changes, and with it what only the old one has. The stride follows if the new one cannot have it. */
export function withBackbone(config: SentConfig, backbone: Backbone): SentConfig {
  const {
    backbone_config: _,
    pretrained_encoder: __,
    encoder_weights: ___,
    encoder_preprocessing: ____,
    ...kept
  } = config;
  return withPossibleStride({ ...kept, backbone_model: backbone });
}

/** The nearest stride that the network can have, if its own is none. */
export function withPossibleStride(config: SentConfig): SentConfig {
  const strides = stridesOf(config);
  const now = Number(config.heads_output_stride);
  if (strides.length === 0 || strides.includes(now)) return config;
  const distance = (stride: number) => Math.abs(Math.log2(stride / now));
  return { ...config, heads_output_stride: strides.toSorted((a, b) => distance(a) - distance(b))[0] };
}

/** Strides that the configured network can put maps on, ascending; none while its own settings are wrong. */
export function stridesOf({ backbone_model: model, backbone_config: given }: SentConfig): number[] {
  const parsed = BACKBONE_SCHEMAS[model as Backbone]?.safeParse(given ?? {});
  if (!parsed?.success) return [];
  return headStrides({ backbone_model: model, backbone_config: parsed.data } as BackboneChoice);
}

/** Whether a field matters: its flag is on, its part is there. */
export function hasSay(config: SentConfig, { path }: Field): boolean {
  const [group, name] = [path[0]!, path.at(-1)!];
  if (path.includes('upsampling')) return valueAt(config, ['backbone_config', 'upsampling']) !== null;
  const flag = FLAGS[group]?.find(([pattern]) => pattern.test(name))?.[1];
  if (flag === undefined || flag === name) return true;
  return (valueAt(config, [group, flag]) ?? FLAG_DEFAULTS[flag]) === true;
}

const FLAGS: Record<string, [RegExp, string][]> = {
  augmentation_config: [
    [/^rotat/, 'rotate'],
    [/^translate/, 'translate'],
    [/^scale/, 'scale'],
    [/^uniform_noise/, 'uniform_noise'],
    [/^gaussian_noise/, 'gaussian_noise'],
    [/^contrast/, 'contrast'],
    [/^brightness/, 'brightness'],
    [/flip/, 'random_flip'],
  ],
  learning_rate_schedule: [[/./, 'reduce_on_plateau']],
  early_stopping: [[/./, 'stop_training_on_plateau']],
  hard_keypoint_mining: [[/./, 'online_mining']],
};
const FLAG_DEFAULTS: Record<string, boolean> = { reduce_on_plateau: true, stop_training_on_plateau: true };

/** By the contract, as the service will. */
export function checkConfig(config: SentConfig): Checked {
  const parsed = trainingConfigSchema.safeParse(config);
  return parsed.success
    ? { config: parsed.data, faults: [] }
    : { config: null, faults: parsed.error.issues.flatMap(faultsOf) };
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const { path, message: detail, code } = issue;
  if (code === 'unrecognized_keys') {
    return issue.keys.map(key => ({ pointer: pointerOf([...path, key]), detail: 'is not known', code, bound: null }));
  }
  const bound = code === 'too_small' ? issue.minimum : code === 'too_big' ? issue.maximum : null;
  const isOwn = code === 'custom' || !/^(Invalid|Too)/.test(detail);
  return [
    { pointer: pointerOf(path), detail, code: isOwn ? null : code, bound: bound === null ? null : Number(bound) },
  ];
}
