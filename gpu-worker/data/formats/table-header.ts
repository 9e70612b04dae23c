/**
 * The header of a table of keypoints: which columns are the image path and which are X and Y of which keypoint.
 *
 * Two rows as the labelling tool of the first service writes them (keypoint names, then X/Y), or DeepLabCut's three (scorer,
 * bodyparts, coords), which Lightning Pose uses too and whose image path may be spread over several columns.
 * Refused by name: several animals (DeepLabCut's row "individuals") and likelihoods (what a network found is no label).
 */
import { AppError } from '../../../src/errors.ts';
import type { CsvRow } from '../csv-table.ts';
import { named } from '../sentence.ts';

export interface TableHeader {
  keypoints: string[];
  /** Leading columns that make up the image path. */
  pathColumns: number;
  /** Header rows. */
  rows: number;
}

/** Rows among which DeepLabCut's words are looked for; it writes four at most. */
const MOST_HEADER_ROWS = 4;

/**
 * @param file the table's path within the dataset, for messages.
 * @throws AppError several_animals; labels_invalid with the line.
 */
export function readHeader(rows: readonly CsvRow[], file: string): TableHeader {
  const animals = rowCalled(rows, 'individuals');
  if (animals) throw severalAnimals(animals, file);
  // DeepLabCut calls its row of axes "coords"; without that name it is the second row.
  const coords = rowCalled(rows, 'coords');
  const axisRow = coords ? Math.max(1, rows.indexOf(coords)) : 1;
  const [names, axes] = [rows[axisRow - 1], rows[axisRow]];
  const pathColumns = axes?.cells.findIndex(isAxis) ?? -1;
  if (!names || !axes || pathColumns === -1) {
    throw new AppError('labels_invalid', `${file} has no header row that says X and Y for each keypoint.`, {
      remedy: 'Give it two header rows: "Image path,nose,nose,…" and ",X,Y,…".',
    });
  }
  if (pathColumns === 0) {
    throw invalidLine(file, axes.line, 'starts with an axis: the first column must be the image path');
  }
  if (hasLikelihood(axes)) throw machineLabels(file);
  return { keypoints: readNames(names, axes, pathColumns, file), pathColumns, rows: axisRow + 1 };
}

/** Whether these rows begin as DeepLabCut and Lightning Pose write them. */
export function isDeepLabCutHeader(rows: readonly CsvRow[]): boolean {
  return rowCalled(rows, 'bodyparts') !== undefined && rowCalled(rows, 'coords') !== undefined;
}

/** Whether the second row says X and Y side by side, behind a first column, as in the service's own layout. */
export function isOwnHeader([, axes]: readonly CsvRow[]): boolean {
  const cells = axes?.cells.map(cell => cell.toLowerCase()) ?? [];
  return cells.some((cell, c) => c > 0 && cell === 'x' && cells[c + 1] === 'y');
}

/** Whether DeepLabCut's header announces likelihoods. */
export function isMachineMade(rows: readonly CsvRow[]): boolean {
  const coords = rowCalled(rows, 'coords');
  return coords !== undefined && hasLikelihood(coords);
}

export function invalidLine(file: string, line: number, what: string): AppError {
  return new AppError('labels_invalid', `Line ${line} of ${file} ${what}.`);
}

function rowCalled(rows: readonly CsvRow[], name: string): CsvRow | undefined {
  return rows.slice(0, MOST_HEADER_ROWS).find(row => row.cells[0]?.toLowerCase() === name);
}

function readNames(names: CsvRow, axes: CsvRow, pathColumns: number, file: string): string[] {
  const columns = axes.cells.findLastIndex((cell, c) => cell !== '' || (names.cells[c] ?? '') !== '') + 1;
  const keypoints = new Set<string>();
  for (let c = pathColumns; c < columns; c += 2) {
    const name = names.cells[c] ?? '';
    const second = names.cells[c + 1] ?? '';
    // Spreadsheets leave the second cell of two merged ones empty.
    if (name === '' || (second !== '' && second !== name)) {
      const where = `columns ${c + 1} and ${c + 2} say "${name}" and "${second}"`;
      throw invalidLine(file, names.line, `must name each keypoint twice, for X and for Y; ${where}`);
    }
    const [x = '', y = ''] = axes.cells.slice(c, c + 2);
    if (x.toLowerCase() !== 'x' || y.toLowerCase() !== 'y') {
      throw invalidLine(file, axes.line, `must say X and Y below "${name}", not "${x}" and "${y}"`);
    }
    if (keypoints.has(name)) throw invalidLine(file, names.line, `names the keypoint "${name}" more than once`);
    keypoints.add(name);
  }
  return [...keypoints];
}

function isAxis(cell: string): boolean {
  return /^[xy]$/i.test(cell);
}

function hasLikelihood(axes: CsvRow): boolean {
  return axes.cells.some(cell => cell.toLowerCase() === 'likelihood');
}

function severalAnimals({ line, cells }: CsvRow, file: string): AppError {
  const animals = [...new Set(cells.slice(1).filter(cell => cell !== ''))];
  return new AppError(
    'several_animals',
    `Line ${line} of ${file} is a row "individuals" with ${named(animals)}: several animals per image cannot be trained here.`,
    { remedy: 'Export the labels of one animal, or send a project that labels a single animal.' },
  );
}

function machineLabels(file: string): AppError {
  return new AppError(
    'labels_invalid',
    `${file} has columns called "likelihood": it holds what a network found, not labels that a person made.`,
    { remedy: 'Send the table of your own labels; DeepLabCut calls it CollectedData_<scorer>.csv.' },
  );
}
