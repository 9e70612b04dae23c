/**
 * A table of keypoints, one row per image: what labels.csv, DeepLabCut and Lightning Pose have in common.
 *
 * X and Y of each keypoint in original pixels, both cells empty where it is hidden (or NaN, as pandas writes it).
 * As in SLEAP, a row without any point is no frame. Whether a point lies inside its image is the caller's to check.
 */
import { join } from 'node:path';
import { type CsvRow, readCsv } from '../csv-table.ts';
import type { LabelledImage } from './frames.ts';
import { invalidLine, readHeader, type TableHeader } from './table-header.ts';

export interface KeypointTable {
  keypoints: string[];
  /** Rows with at least one visible point. */
  images: LabelledImage[];
  /** Rows below the header, those without a point included. */
  namedFrames: number;
  warnings: string[];
}

const HIDDEN = new Set(['', 'nan', 'na', 'null', 'none']);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * @param file the table within the dataset.
 * @throws AppError labels_invalid (with line and column), several_animals.
 */
export async function readKeypointTable(folder: string, file: string): Promise<KeypointTable> {
  const { rows, decimalComma, warnings } = await readCsv(join(folder, file), file);
  const header = readHeader(rows, file);
  const images: LabelledImage[] = [];
  const body = rows.slice(header.rows);
  for (const row of body) {
    const points = readPoints(row, header, decimalComma, file);
    if (points.some(value => !Number.isNaN(value))) images.push({ written: writtenPath(row, header, file), points });
  }
  return { keypoints: header.keypoints, images, namedFrames: body.length, warnings };
}

/** [K, 2] of one row. */
function readPoints(row: CsvRow, header: TableHeader, decimalComma: boolean, file: string): Float32Array {
  const { keypoints, pathColumns } = header;
  const points = new Float32Array(2 * keypoints.length);
  for (let i = 0; i < points.length; i++) {
    const cell = row.cells[pathColumns + i] ?? '';
    const value = readNumber(decimalComma ? cell.replace(',', '.') : cell);
    if (value === undefined) {
      const column = `the column ${i % 2 === 0 ? 'X' : 'Y'} of "${keypoints[i >> 1]}"`;
      throw invalidLine(file, row.line, `has "${cell}" in ${column}, which is not a number`);
    }
    points[i] = value;
  }
  keypoints.forEach((keypoint, k) => {
    if (Number.isNaN(points[2 * k]) === Number.isNaN(points[2 * k + 1])) return;
    throw invalidLine(file, row.line, `has only one of X and Y for "${keypoint}"`);
  });
  if (row.cells.slice(pathColumns + points.length).some(cell => cell !== '')) {
    throw invalidLine(file, row.line, 'has more cells than the header');
  }
  return points;
}

/** NaN: hidden; undefined: no number. */
function readNumber(text: string): number | undefined {
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(Math.fround(value)) ? value : undefined;
  }
  return HIDDEN.has(text.toLowerCase()) ? Number.NaN : undefined;
}

/** The image path as the row gives it. */
function writtenPath(row: CsvRow, { pathColumns }: TableHeader, file: string): string {
  const parts = row.cells.slice(0, pathColumns).filter(cell => cell !== '');
  if (parts.length === 0) throw invalidLine(file, row.line, 'has points but no image path');
  return parts.join('/');
}
