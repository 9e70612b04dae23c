/**
 * The fields of the form, read from the contract's own schema of training_config, so that ranges, defaults, choices and sentences are those of
 * the service and a new field appears by itself. Leaves out symmetric_keypoints, which the labels bring along, and what SLEAP writes twice
 * (output_stride, the encoder within backbone_config): the configuration as JSON has them all.
 */
import { z } from 'zod';
import { BACKBONE_SCHEMAS, type Backbone } from '../../src/contract/backbones.ts';
import { DEFAULT_ENCODER, ENCODERS } from '../../src/contract/encoders.ts';
import { trainingConfigFields } from '../../src/contract/training.ts';

export interface Field {
  /** Within training_config. */
  path: readonly string[];
  kind: 'number' | 'whole' | 'flag' | 'choice';
  /** Of a choice. undefined stands for leaving the field out. */
  choices: readonly unknown[];
  /** Nothing written means null. */
  isNullable: boolean;
  least: number | null;
  most: number | null;
  /** undefined: it must be given, or its absence means something of its own. */
  byDefault: unknown;
  /** In English, as in the description of the API. */
  text: string;
}

interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  default?: unknown;
  description?: string;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
}

export const NEEDED = [
  'backbone_model',
  'heads_output_stride',
  'heads_sigma',
  'num_epochs',
  'learning_rate',
  'test_fraction',
] as const;

export const GROUPS = [
  'backbone',
  'steps',
  'split',
  'augmentation_config',
  'learning_rate_schedule',
  'early_stopping',
  'hard_keypoint_mining',
] as const;
export type Group = (typeof GROUPS)[number];

const STEPS = ['batch_size', 'batches_per_epoch', 'input_scaling', 'precision'];
const SPLIT = ['split_by', 'holdout_fraction', 'seed'];
const LEFT_OUT = ['output_stride', 'encoder', 'symmetric_keypoints'];
const ENCODER_FIELDS: Partial<Record<Backbone, string[]>> = {
  pretrained_encoder: ['pretrained_encoder', 'encoder_weights', 'encoder_preprocessing'],
  resnet: ['encoder_weights'],
};

const root = z.toJSONSchema(trainingConfigFields, { io: 'input' }) as JsonSchema;
const whole = resolve(root, root);
const ofBackbone = Object.fromEntries(
  Object.entries(BACKBONE_SCHEMAS).map(([name, schema]) => [
    name,
    z.toJSONSchema(schema, { io: 'input' }) as JsonSchema,
  ]),
) as Record<Backbone, JsonSchema>;

export const neededFields: readonly Field[] = NEEDED.map(name => fieldOf([name], whole.properties![name]!));

/** The others, of the chosen backbone where they depend on it. */
export function fieldsOf(group: Group, backbone: Backbone): Field[] {
  const named = (names: readonly string[]) => names.map(name => fieldOf([name], whole.properties![name]!));
  switch (group) {
    case 'steps':
      return named(STEPS);
    case 'split':
      return named(SPLIT);
    case 'backbone':
      return [
        ...named(ENCODER_FIELDS[backbone] ?? []),
        ...fieldsUnder(['backbone_config'], ofBackbone[backbone], ofBackbone[backbone]),
      ];
    default:
      return fieldsUnder([group], resolve(whole.properties![group]!, root), root);
  }
}

/** JSON pointer (RFC 6901) of a field within training_config. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fieldsUnder(path: readonly string[], schema: JsonSchema, defs: JsonSchema): Field[] {
  return Object.entries(resolve(schema, defs).properties ?? {})
    .filter(([name]) => !LEFT_OUT.includes(name))
    .flatMap(([name, own]) => {
      const nested = [own, ...(own.anyOf ?? [])].map(one => resolve(one, defs)).find(one => one.properties);
      return nested ? fieldsUnder([...path, name], nested, defs) : [fieldOf([...path, name], own)];
    })
    .filter(field => field.kind !== 'choice' || field.choices.length > 1);
}

function fieldOf(path: readonly string[], schema: JsonSchema): Field {
  const kinds = schema.anyOf ?? [schema];
  const own = kinds.find(({ type }) => type !== 'null')!;
  const isNullable = kinds.some(({ type }) => type === 'null');
  const isLeftOpen = schema.default === undefined && !(NEEDED as readonly string[]).includes(path[0]!);
  const least = own.minimum ?? own.exclusiveMinimum ?? null;
  const most = own.maximum ?? own.exclusiveMaximum ?? null;
  const shared = {
    path,
    isNullable,
    least,
    most,
    byDefault: schema.default,
    text: schema.description ?? own.description ?? '',
  };
  const name = path.at(-1)!;
  // Two ways to say the default: here it has a name.
  if (name === 'pretrained_encoder')
    return { ...shared, kind: 'choice', choices: ENCODERS, byDefault: DEFAULT_ENCODER };
  if (own.type === 'boolean' && !isLeftOpen) return { ...shared, kind: 'flag', choices: [] };
  if (name.endsWith('stride'))
    return { ...shared, kind: 'choice', choices: [...(isNullable ? [null] : []), ...powersOfTwo(own)] };
  if (own.enum || own.const !== undefined || own.type === 'boolean') {
    const given = own.enum ?? (own.type === 'boolean' ? [true, false] : [own.const]);
    return {
      ...shared,
      kind: 'choice',
      choices: [...(isLeftOpen ? [undefined] : []), ...given, ...(isNullable ? [null] : [])],
    };
  }
  return { ...shared, kind: own.type === 'integer' ? 'whole' : 'number', choices: [] };
}

function powersOfTwo({ minimum, maximum, const: only }: JsonSchema): number[] {
  if (only !== undefined) return [only as number];
  return [1, 2, 4, 8, 16, 32, 64, 128].filter(value => value >= minimum! && value <= maximum!);
}

function resolve(schema: JsonSchema, { $defs = {} }: JsonSchema): JsonSchema {
  return schema.$ref ? $defs[schema.$ref.split('/').at(-1)!]! : schema;
}
