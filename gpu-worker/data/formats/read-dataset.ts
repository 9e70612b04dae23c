/**
 * Reads a dataset of labelled images in whichever format it is: finds the labels by content (recognise.ts), settles which are meant,
 * and hands them to that format's reader. What the request says (dataset_format, dataset_labels) decides where several are there;
 * nothing is guessed among them, but for several labels.csv: the shallowest is read, with a warning, as it always was.
 */
import { DATASET_FORMATS, type DatasetFormat, type DatasetOptions } from '../../../src/contract/dataset.ts';
import { AppError } from '../../../src/errors.ts';
import { named } from '../sentence.ts';
import { readCoco } from './coco.ts';
import { readDeepLabCut } from './deeplabcut.ts';
import { isLabelsCsv, isMedia, withoutLeftovers } from './file-names.ts';
import type { DatasetFolder, LabelledDataset, ReadSettings } from './format.ts';
import { readLabelsCsv } from './labels-csv.ts';
import { type Candidate, type Recognised, recognise } from './recognise.ts';
import { readSlp } from './slp.ts';

const FILES_IN_A_MESSAGE = 10;
const SLEAP_FORMATS: readonly DatasetFormat[] = ['slp', 'pkg_slp', 'sleap_job'];

/**
 * @param options dataset_format and dataset_labels of the request.
 * @throws AppError labels_missing when there is nothing to read or not what the options ask for; dataset_ambiguous when several
 * labels are there and the options choose none; and what the reader of the format throws.
 */
export async function readDataset(
  dataset: DatasetFolder,
  options: DatasetOptions,
  settings: ReadSettings,
): Promise<LabelledDataset> {
  const cleaned = withoutLeftovers(dataset);
  const candidate = choose(await recognise(cleaned), options, cleaned);
  settings.signal?.throwIfAborted();
  const read = await readCandidate(cleaned, candidate, settings);
  return { ...read, warnings: [...candidate.warnings, ...read.warnings] };
}

async function readCandidate(
  dataset: DatasetFolder,
  { format, paths }: Candidate,
  settings: ReadSettings,
): Promise<LabelledDataset> {
  const [path] = paths as [string];
  switch (format) {
    case 'labels_csv':
    case 'lightning_pose':
      return await readLabelsCsv(dataset, path, format);
    case 'deeplabcut':
      return await readDeepLabCut(dataset, paths);
    case 'coco':
      return await readCoco(dataset, path);
    case 'slp':
    case 'pkg_slp':
      // Which of the two it is is known for certain once it was read.
      return await readSlp(dataset, path, settings);
    case 'sleap_job':
      return { ...(await readSlp(dataset, path, settings)), format };
  }
}

function choose(found: Recognised, options: DatasetOptions, dataset: DatasetFolder): Candidate {
  if (found.candidates.length === 0 && options.dataset_labels === undefined) throw nothingFound(found, dataset);
  const ofFormat = withFormat(found.candidates, options.dataset_format);
  const left = options.dataset_labels === undefined ? ofFormat : withLabels(ofFormat, options.dataset_labels);
  const [first] = left;
  if (first === undefined) throw notWhatWasAsked(found, options, dataset);
  if (left.length === 1) return first;
  if (left.every(({ format, paths }) => format === 'labels_csv' && isLabelsCsv(paths[0]!))) return shallowest(left);
  throw ambiguous(left);
}

/** A SLEAP file may be asked for under any of its names, unless one of them is just what is there. */
function withFormat(candidates: readonly Candidate[], wanted: DatasetFormat | undefined): readonly Candidate[] {
  if (wanted === undefined) return candidates;
  const exact = candidates.filter(({ format }) => format === wanted);
  if (exact.length > 0 || !SLEAP_FORMATS.includes(wanted)) return exact;
  return candidates.filter(({ format }) => SLEAP_FORMATS.includes(format));
}

function withLabels(candidates: readonly Candidate[], wanted: string): readonly Candidate[] {
  return candidates.filter(({ paths }) => paths.some(path => fold(path) === fold(wanted)));
}

/** As a path of the dataset, whatever the case, the Unicode form and the slashes of the person who wrote it. */
function fold(path: string): string {
  return path
    .replaceAll('\\', '/')
    .replace(/^(?:\.?\/)+/, '')
    .normalize('NFC')
    .toLowerCase();
}

/** Of several labels.csv; of those at one depth the first by name. */
function shallowest(tables: readonly Candidate[]): Candidate {
  const depth = ({ paths }: Candidate) => paths[0]!.split('/').length;
  const [table] = tables.toSorted((a, b) => depth(a) - depth(b) || (a.paths[0]! < b.paths[0]! ? -1 : 1)) as [Candidate];
  const warning = `The dataset has ${tables.length} files named labels.csv; "${table.paths[0]}" was used.`;
  return { ...table, warnings: [...table.warnings, warning] };
}

function nothingFound({ unusable }: Recognised, { files }: DatasetFolder): AppError {
  // Images are what everybody has; any other file says more about what was packed.
  const paths = files.map(({ path }) => path);
  const shown = [...paths.filter(path => !isMedia(path)), ...paths.filter(isMedia)];
  const holds = shown.length === 0 ? 'It is empty.' : `It holds ${named(shown, FILES_IN_A_MESSAGE)}.`;
  const reasons = [...new Set(unusable.map(({ why }) => why))].map(why => {
    const paths = unusable.filter(file => file.why === why).map(({ path }) => path);
    const others = paths.length === 1 ? '' : `, like ${paths.length - 1} more,`;
    return ` "${paths[0]}"${others} ${why}.`;
  });
  return new AppError(
    'labels_missing',
    `The dataset has no labels.csv and no labels in another format that can be read. ${holds}${reasons.join('')}`,
    { remedy: `Pack labels and images together. What can be read: ${Object.values(DATASET_FORMATS).join('; ')}.` },
  );
}

function notWhatWasAsked(found: Recognised, options: DatasetOptions, { files }: DatasetFolder): AppError {
  const { dataset_format: format, dataset_labels: labels } = options;
  const instead =
    found.candidates.length > 0 ? `It holds ${list(found.candidates)}.` : 'It holds no labels that can be read.';
  const remedy = 'Leave dataset_format and dataset_labels out to have the labels found, or name what is there.';
  if (labels === undefined) {
    const words = format === undefined ? 'labels' : `labels of the format ${format} (${DATASET_FORMATS[format]})`;
    return new AppError('labels_missing', `The dataset has no ${words}. ${instead}`, { remedy });
  }
  const isThere = files.some(({ path }) => fold(path) === fold(labels));
  const why = found.unusable.find(({ path }) => fold(path) === fold(labels))?.why;
  const of = format === undefined ? '' : ` of the format ${format}`;
  const state = why ?? (isThere ? `is no label file${of} that can be read` : 'is not in the dataset');
  return new AppError('labels_missing', `"${labels}", which dataset_labels names, ${state}. ${instead}`, { remedy });
}

function ambiguous(candidates: readonly Candidate[]): AppError {
  const formats = new Set(candidates.map(({ format }) => format));
  const choice =
    formats.size === candidates.length
      ? `dataset_format (${[...formats].join(', ')})`
      : 'the path of the one that is meant as dataset_labels';
  return new AppError(
    'dataset_ambiguous',
    `The dataset holds several labels: ${list(candidates)}. Which are meant is not clear.`,
    {
      remedy: `Send ${choice}, or pack only the labels that are meant.`,
    },
  );
}

/** `coco ("a.json"), coco ("b.json") and 3 more`. */
function list(candidates: readonly Candidate[]): string {
  const shown = candidates.slice(0, FILES_IN_A_MESSAGE).map(describe);
  const more = candidates.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.pop();
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : `${last}`;
}

/** `coco ("a/annotations.json")`. */
function describe({ format, paths }: Candidate): string {
  return `${format} (${named(paths, 2)})`;
}
