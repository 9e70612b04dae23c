/**
 * Reads the edges of the optional skeleton.csv: a header row, then a keypoint and its parent per row, the parent empty at a root.
 * Edges are for drawing and export only, so whatever is wrong here is a warning, never an error.
 */
import { join, posix } from 'node:path';
import type { Skeleton } from '../../src/contract/pose.ts';
import { AppError } from '../../src/errors.ts';
import { type CsvRow, readCsv } from './csv-table.ts';

/**
 * @param tablePath the table within the dataset; skeleton.csv stands beside it.
 * @param warnings gets a sentence for everything that was passed over.
 * @returns [parent, child] as indices into `keypoints`; empty when there is no skeleton.csv.
 */
export async function readEdges(
  folder: string,
  paths: readonly string[],
  tablePath: string,
  keypoints: readonly string[],
  warnings: string[],
): Promise<Skeleton['edges']> {
  const wanted = posix.join(posix.dirname(tablePath), 'skeleton.csv');
  const path = paths.find(candidate => candidate.toLowerCase() === wanted.toLowerCase());
  if (path === undefined) return [];
  const indexOf = new Map(keypoints.map((keypoint, k) => [keypoint, k]));
  const edges = new Map<string, [number, number]>();
  const unknown = new Set<string>();
  for (const { cells } of await readRows(join(folder, path), warnings)) {
    const [childName = '', parentName = ''] = cells;
    for (const name of [childName, parentName]) if (name !== '' && !indexOf.has(name)) unknown.add(name);
    const child = indexOf.get(childName);
    const parent = indexOf.get(parentName);
    if (child !== undefined && parent !== undefined && child !== parent)
      edges.set(`${parent},${child}`, [parent, child]);
  }
  if (unknown.size > 0) {
    const names = [...unknown].map(name => `"${name}"`).join(', ');
    warnings.push(`skeleton.csv names keypoints that ${tablePath} does not have: ${names}.`);
  }
  return [...edges.values()];
}

async function readRows(path: string, warnings: string[]): Promise<CsvRow[]> {
  try {
    const table = await readCsv(path, 'skeleton.csv');
    warnings.push(...table.warnings);
    return table.rows.slice(1);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    warnings.push(`${error.message} It was passed over.`);
    return [];
  }
}
