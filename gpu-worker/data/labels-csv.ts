/**
 * Reads the service's dataset layout: labels.csv (one row per image, X and Y of each keypoint in original pixels, two empty cells
 * where it is hidden), the images it names, and optionally skeleton.csv.
 *
 * Two header rows as the labelling tool of the first service writes them (keypoint names, then X/Y), or DeepLabCut's three (scorer,
 * bodyparts, coords), whose image path may be spread over several columns. As in SLEAP, a row without any point is no frame.
 * Left out: several animals per image, likelihood columns. Whether a point lies inside its image is the caller's to check.
 */
import { join, posix } from 'node:path';
import type { Skeleton } from '../../src/contract/pose.ts';
import { AppError } from '../../src/errors.ts';
import { type CsvRow, type CsvTable, readCsv } from './csv-table.ts';
import { imageLocator } from './locate-image.ts';
import { readEdges } from './skeleton-csv.ts';

export interface LabelledFrame {
  /** Where the image is on this machine. */
  imagePath: string;
  /** The image's path within the dataset, with `/`. */
  imageName: string;
  /** The folder the table names for it, or else the one it lies in; '' for none. Tools that label videos keep a folder for each. */
  videoName: string;
  /** [K, 2] x and y in original pixels; NaN: hidden. */
  points: Float32Array;
}

export interface LabelledFrames {
  skeleton: Skeleton;
  frames: LabelledFrame[];
  /** labels.csv within the dataset. */
  tablePath: string;
  /** Sentences for the user about what was left out or guessed. */
  warnings: string[];
}

interface Header {
  keypoints: string[];
  /** Leading columns that make up the image path. */
  pathColumns: number;
  /** Header rows. */
  rows: number;
}

const NAMES_IN_A_MESSAGE = 5;
const HIDDEN = new Set(['', 'nan', 'na', 'null', 'none']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * @param folder the unpacked dataset.
 * @param files its files, relative, with `/`.
 * @throws AppError labels_missing, labels_invalid (with line and column), image_missing, no_labelled_frames.
 */
export async function readLabelledFrames(folder: string, files: readonly { path: string }[]): Promise<LabelledFrames> {
  const warnings: string[] = [];
  const paths = files.map(file => file.path);
  const tablePath = findTable(paths, warnings);
  const table = await readCsv(join(folder, tablePath), tablePath);
  const header = readHeader(table.rows);
  const { keypoints } = header;

  const labelled: { row: CsvRow; points: Float32Array }[] = [];
  const rows = table.rows.slice(header.rows);
  for (const row of rows) {
    const points = readPoints(row, header, table);
    if (points.some(value => !Number.isNaN(value))) labelled.push({ row, points });
  }
  if (labelled.length === 0) throw noLabelledFrames(tablePath, rows.length);
  const empty = rows.length - labelled.length;
  if (empty > 0) warnings.push(`${empty} of ${rows.length} rows of labels.csv have no point and were left out.`);

  const written = labelled.map(({ row }) => writtenPath(row, header));
  const imageNames = locateImages(written, paths, tablePath);
  const repeated = imageNames.length - new Set(imageNames).size;
  if (repeated > 0) warnings.push(`${repeated} rows of labels.csv name an image that another row names too.`);
  keypoints.forEach((keypoint, k) => {
    if (labelled.every(({ points }) => Number.isNaN(points[2 * k]))) {
      warnings.push(`The keypoint "${keypoint}" is not visible in any labelled image.`);
    }
  });
  const edges = await readEdges(folder, paths, tablePath, keypoints, warnings);
  const frames = labelled.map(({ points }, i) => ({
    imagePath: join(folder, imageNames[i]!),
    imageName: imageNames[i]!,
    videoName: folderOf(written[i]!.replaceAll('\\', '/')) || folderOf(imageNames[i]!),
    points,
  }));
  return { skeleton: { keypoints, edges }, frames, tablePath, warnings };
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/** The shallowest labels.csv; of several at that depth the first by name. */
function findTable(paths: string[], warnings: string[]): string {
  const depth = (path: string) => path.split('/').length;
  const tables = paths
    .filter(path => posix.basename(path).toLowerCase() === 'labels.csv')
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  const [table] = tables;
  if (table === undefined) {
    throw new AppError('labels_missing', `The dataset has no labels.csv. It holds ${list(paths, 10)}.`, {
      remedy: 'Put a labels.csv beside the images and pack them again.',
    });
  }
  if (tables.length > 1) {
    warnings.push(`The dataset has ${tables.length} files named labels.csv; "${table}" was used.`);
  }
  return table;
}

function readHeader(rows: CsvRow[]): Header {
  const isCalled = (name: string) => (row: CsvRow) => row.cells[0]?.toLowerCase() === name;
  const animals = rows.slice(0, 4).find(isCalled('individuals'));
  if (animals) {
    throw invalid(animals.line, 'has a row "individuals": several animals per image cannot be trained here');
  }
  // DeepLabCut calls its row of axes "coords"; without that name it is the second row.
  const axisRow = Math.max(1, rows.slice(0, 4).findIndex(isCalled('coords')));
  const [names, axes] = [rows[axisRow - 1], rows[axisRow]];
  const pathColumns = axes?.cells.findIndex(isAxis) ?? -1;
  if (!names || !axes || pathColumns === -1) {
    throw new AppError('labels_invalid', 'labels.csv has no header row that says X and Y for each keypoint.', {
      remedy: 'Give it two header rows: "Image path,nose,nose,…" and ",X,Y,…".',
    });
  }
  if (pathColumns === 0) throw invalid(axes.line, 'starts with an axis: the first column must be the image path');
  const columns = axes.cells.findLastIndex((cell, c) => cell !== '' || (names.cells[c] ?? '') !== '') + 1;
  const keypoints: string[] = [];
  for (let c = pathColumns; c < columns; c += 2) {
    const name = names.cells[c] ?? '';
    const second = names.cells[c + 1] ?? '';
    // Spreadsheets leave the second cell of two merged ones empty.
    if (name === '' || (second !== '' && second !== name)) {
      throw invalid(
        names.line,
        `must name each keypoint twice, for X and for Y; columns ${c + 1} and ${c + 2} say "${name}" and "${second}"`,
      );
    }
    if (axes.cells[c]?.toLowerCase() !== 'x' || axes.cells[c + 1]?.toLowerCase() !== 'y') {
      throw invalid(
        axes.line,
        `must say X and Y below "${name}", not "${axes.cells[c] ?? ''}" and "${axes.cells[c + 1] ?? ''}"`,
      );
    }
    if (keypoints.includes(name)) throw invalid(names.line, `names the keypoint "${name}" more than once`);
    keypoints.push(name);
  }
  return { keypoints, pathColumns, rows: axisRow + 1 };
}

function isAxis(cell: string): boolean {
  return /^[xy]$/i.test(cell);
}

/** [K, 2] of one row. */
function readPoints(row: CsvRow, { keypoints, pathColumns }: Header, { decimalComma }: CsvTable): Float32Array {
  const values = keypoints.flatMap((keypoint, k) =>
    ['X', 'Y'].map((axis, a) => {
      const cell = row.cells[pathColumns + 2 * k + a] ?? '';
      if (HIDDEN.has(cell.toLowerCase())) return Number.NaN;
      const text = decimalComma ? cell.replace(',', '.') : cell;
      const value = NUMBER.test(text) ? Number(text) : Number.NaN;
      if (Number.isFinite(value)) return value;
      throw invalid(row.line, `has "${cell}" in the column ${axis} of "${keypoint}", which is not a number`);
    }),
  );
  keypoints.forEach((keypoint, k) => {
    if (Number.isNaN(values[2 * k]) === Number.isNaN(values[2 * k + 1])) return;
    throw invalid(row.line, `has only one of X and Y for "${keypoint}"`);
  });
  if (row.cells.slice(pathColumns + values.length).some(cell => cell !== '')) {
    throw invalid(row.line, `has more cells than the header`);
  }
  return Float32Array.from(values);
}

/** The image path as the row gives it. */
function writtenPath(row: CsvRow, { pathColumns }: Header): string {
  const parts = row.cells.slice(0, pathColumns).filter(cell => cell !== '');
  if (parts.length === 0) throw invalid(row.line, 'has points but no image path');
  return parts.join('/');
}

/** Dataset paths of the images. @throws AppError image_missing, labels_invalid when a name fits several files. */
function locateImages(written: string[], paths: string[], tablePath: string): string[] {
  const locate = imageLocator(paths, tablePath);
  const found = written.map(path => ({ written: path, ...locate(path) }));
  const missing = found.filter(image => 'missing' in image).map(image => image.written);
  if (missing.length > 0) {
    const one = missing.length === 1;
    throw new AppError(
      'image_missing',
      `${missing.length} image${one ? '' : 's'} named in labels.csv ${one ? 'is' : 'are'} not in the dataset: ${list(missing, NAMES_IN_A_MESSAGE)}.`,
      {
        remedy: 'Put the images beside labels.csv under the names it gives, and pack them again.',
      },
    );
  }
  return found.map(image => {
    if ('path' in image) return image.path;
    const candidates = 'ambiguous' in image ? image.ambiguous : [];
    throw new AppError(
      'labels_invalid',
      `labels.csv names "${image.written}", which may be any of ${list(candidates, NAMES_IN_A_MESSAGE)}.`,
      {
        remedy: 'Write the folder of each image into labels.csv as well.',
      },
    );
  });
}

function noLabelledFrames(tablePath: string, rows: number): AppError {
  const what = rows === 0 ? 'has no rows below its header' : `has ${rows} rows, but none has a point`;
  return new AppError('no_labelled_frames', `${tablePath} ${what}: there is nothing to train on.`, {
    remedy: 'Label at least one image.',
  });
}

function invalid(line: number, what: string): AppError {
  return new AppError('labels_invalid', `Line ${line} of labels.csv ${what}.`);
}

function list(names: readonly string[], most: number): string {
  const shown = names
    .slice(0, most)
    .map(name => `"${name}"`)
    .join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
