/** What a command of the command line is, the options that there are, and how its arguments are taken apart. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { SleapClient } from '../sleap-client.ts';

/** Every option of every command that speaks to the service; a command names those that it takes. */
const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  config: { type: 'string' },
  model: { type: 'string' },
  out: { type: 'string' },
  watch: { type: 'boolean' },
  follow: { type: 'boolean' },
  resumable: { type: 'boolean' },
  'idempotency-key': { type: 'string' },
  'empty-frames': { type: 'boolean' },
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
  limit: { type: 'string' },
  state: { type: 'string' },
  kind: { type: 'string' },
  origin: { type: 'string' },
  name: { type: 'string' },
  tag: { type: 'string', multiple: true },
  sort: { type: 'string' },
  tail: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];
export type OptionName = keyof typeof OPTIONS;
const EVERYWHERE: readonly OptionName[] = ['url', 'key', 'help'];

/** What was given; an option that the command does not take is never there. */
export type Values = {
  [Name in OptionName]?: Name extends 'tag'
    ? string[]
    : (typeof OPTIONS)[Name]['type'] extends 'string'
      ? string
      : boolean;
};

export interface Input {
  client: SleapClient;
  /** What stands behind the command's words. */
  subjects: string[];
  values: Values;
}

/** A command that speaks HTTP with the service. */
export interface Command {
  /** Behind its words. */
  usage: string;
  /** In a few words, for the list. */
  does: string;
  /** Further lines of its own help. */
  more?: string;
  options: readonly OptionName[];
  /** How many subjects, at least and at most. */
  subjects: readonly [least: number, most: number];
  /** @throws SleapError, Error: exit code 1; UsageError: 2. */
  run(input: Input): Promise<void>;
}
/** By their words: `train`, `models rm`. */
export type Commands = Record<string, Command>;

/** The arguments make no sense: the command's usage is shown. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The words of a command among arguments, whatever options stand before. @returns null: it is none. */
export function findCommand(args: string[], commands: Commands): string | null {
  const { positionals } = parseArgs({
    args,
    options: OPTIONS,
    allowPositionals: true,
    allowNegative: true,
    strict: false,
  });
  const [first = '', second = ''] = positionals;
  return [`${first} ${second}`, first].find(words => Object.hasOwn(commands, words)) ?? null;
}

/** @throws UsageError for an option that the command does not take, or too few or many subjects. */
export function parseCommand(args: string[], words: string, command: Command): { subjects: string[]; values: Values } {
  const names = [...EVERYWHERE, ...command.options];
  const options = Object.fromEntries(names.map(name => [name, OPTIONS[name]]));
  let parsed: { values: Values; positionals: string[] };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, allowNegative: true }) as typeof parsed;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const { values, positionals } = parsed;
  const subjects = positionals.slice(words.split(' ').length);
  const [least, most] = command.subjects;
  if (values.help) return { subjects, values };
  if (subjects.length < least) throw new UsageError('Something is missing.');
  if (subjects.length > most) throw new UsageError(`"${subjects[most]}" is too much.`);
  return { subjects, values };
}

/** @throws UsageError where the option was not given. */
export function needed(values: Values, name: 'config' | 'model' | 'out'): string {
  const value = values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing.`);
  return value;
}

/** The number of an inference. @throws UsageError for what is none. */
export function resultsId(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is no number of an inference.`);
}
