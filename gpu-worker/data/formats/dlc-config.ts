/**
 * What of a DeepLabCut project's config.yaml matters here: whether it labels several animals, its body parts and its skeleton.
 * Edges are for drawing and export only, so whatever is wrong in it is a warning, never an error; several animals are one.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import type { Skeleton } from '../../../src/contract/pose.ts';
import { AppError } from '../../../src/errors.ts';
import { named } from '../sentence.ts';
import type { DatasetFolder } from './format.ts';

/** Beyond it, it is no config.yaml that a person could edit. */
const MOST_BYTES = 1_000_000;

export interface DlcConfig {
  /** Of a multi-animal project, perhaps empty; null: a project of a single animal. */
  animals: string[] | null;
  /** In the project's order; empty where the file gives none. */
  bodyparts: string[];
  scorer: string | null;
  /** Pairs of body parts. */
  skeleton: [string, string][];
}

const EMPTY: DlcConfig = { animals: null, bodyparts: [], scorer: null, skeleton: [] };

/**
 * @param file config.yaml within the dataset.
 * @param warnings gets a sentence where it cannot be read.
 */
export async function readDlcConfig(dataset: DatasetFolder, file: string, warnings: string[]): Promise<DlcConfig> {
  const config = await readMap(dataset, file, warnings);
  if (config === null) return EMPTY;
  const scorer = config.get('scorer');
  const skeleton = config.get('skeleton');
  return {
    animals: config.get('multianimalproject') === true ? strings(config.get('individuals')) : null,
    bodyparts: strings(config.get('bodyparts')),
    scorer: typeof scorer === 'string' || typeof scorer === 'number' ? String(scorer) : null,
    skeleton: Array.isArray(skeleton) ? skeleton.map(strings).filter(isPair) : [],
  };
}

/** @throws AppError several_animals for a multi-animal project. */
export function refuseSeveralAnimals({ animals }: DlcConfig, file: string): void {
  if (animals === null) return;
  const individuals = animals.length > 0 ? ` with ${named(animals)}` : '';
  throw new AppError(
    'several_animals',
    `${file} says "multianimalproject: true"${individuals}: several animals per image cannot be trained here.`,
    { remedy: 'Export the labels of one animal, or send a single-animal project.' },
  );
}

/** @param warnings gets a sentence for the names that are no keypoint. */
export function edgesOf(
  { skeleton }: DlcConfig,
  keypoints: readonly string[],
  file: string,
  warnings: string[],
): Skeleton['edges'] {
  const indexOf = new Map(keypoints.map((keypoint, k) => [keypoint, k]));
  const unknown = new Set(skeleton.flat().filter(name => !indexOf.has(name)));
  if (unknown.size > 0) {
    warnings.push(`The skeleton in ${file} names body parts that the labels do not have: ${named([...unknown])}.`);
  }
  const edges = new Map<string, [number, number]>();
  for (const [a, b] of skeleton) {
    const [from, to] = [indexOf.get(a), indexOf.get(b)];
    if (from !== undefined && to !== undefined && from !== to) edges.set(`${from},${to}`, [from, to]);
  }
  return [...edges.values()];
}

async function readMap(
  dataset: DatasetFolder,
  file: string,
  warnings: string[],
): Promise<Map<unknown, unknown> | null> {
  const entry = dataset.files.find(({ path }) => path === file);
  if (entry === undefined) return null;
  if (entry.sizeBytes > MOST_BYTES) {
    warnings.push(`${file} is too large for a project's configuration; it was passed over.`);
    return null;
  }
  try {
    const text = await readFile(join(dataset.folder, file), 'utf8');
    // As a Map, so that no key of the file can be taken for a method of objects.
    const value: unknown = parse(text, { mapAsMap: true, logLevel: 'error' });
    return value instanceof Map ? value : null;
  } catch (error) {
    // Besides its own errors yaml throws a ReferenceError at too many aliases, a RangeError at too deep a nesting.
    const isOfYaml = [YAMLParseError, ReferenceError, RangeError].some(kind => error instanceof kind);
    if (!isOfYaml || !(error instanceof Error)) throw error;
    warnings.push(
      `${file} is not readable YAML: ${error.message.split('\n')[0]!.replace(/[.:]?$/, '.')} It was passed over.`,
    );
    return null;
  }
}

/** Body parts may be called 1 or yes: what YAML takes for a number is a name here. */
function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isScalar).map(String) : [];
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isPair(names: string[]): names is [string, string] {
  return names.length === 2;
}
