/**
 * Which tables with DeepLabCut's header belong together.
 *
 * DeepLabCut keeps a table beside the images of each video, in labeled-data/<video>/, all of the same name: they are one dataset. Where
 * two people labelled the same video there are two tables in its folder, and the project's scorer decides, if config.yaml names one.
 * DeepLabCut also writes a merged copy into training-datasets/, which is no dataset of its own. Lightning Pose has one table above the
 * folders of images.
 */
import { posix } from 'node:path';
import { named } from '../sentence.ts';
import { findConfig, isInLabeledData, projectOf } from './deeplabcut.ts';
import { readDlcConfig } from './dlc-config.ts';
import { isImage } from './file-names.ts';
import type { DatasetFolder } from './format.ts';

/** Tables that are one dataset. */
export interface DlcTables {
  paths: string[];
  warnings: string[];
}

/** @returns the DeepLabCut datasets, and the tables that are one by themselves. */
export async function groupDlcTables(
  dataset: DatasetFolder,
  tables: readonly string[],
): Promise<{ projects: DlcTables[]; single: string[] }> {
  const images = dataset.files.map(({ path }) => path).filter(isImage);
  const imageFolders = new Set(images.map(path => posix.dirname(path)));
  const isBesideImages = (table: string) => isInLabeledData(table) || imageFolders.has(posix.dirname(table));
  const byProject = groupBy(tables.filter(isBesideImages), projectOf);
  const projects: DlcTables[] = [];
  for (const paths of byProject.values()) projects.push(...(await datasetsOf(dataset, paths)));
  const copies = [...byProject.keys()].map(project => posix.join(project, 'training-datasets/'));
  const single = tables.filter(table => !isBesideImages(table) && !copies.some(folder => table.startsWith(folder)));
  return { projects, single };
}

/** @param paths the tables of one project. */
async function datasetsOf(dataset: DatasetFolder, paths: string[]): Promise<DlcTables[]> {
  const byName = groupBy(paths, path => posix.basename(path));
  const folders = new Set(paths.map(path => posix.dirname(path)));
  if (byName.size === 1 || folders.size === paths.length) return [{ paths, warnings: [] }];
  const config = findConfig(dataset, paths[0]!);
  const scorer = config === undefined ? null : (await readDlcConfig(dataset, config, [])).scorer;
  const chosen = byName.get(`CollectedData_${scorer}.csv`);
  if (chosen === undefined) return [...byName.values()].map(group => ({ paths: group, warnings: [] }));
  const others = paths.filter(path => !chosen.includes(path));
  const warning = `${config} names the scorer "${scorer}", so the tables of others were left out: ${named(others)}.`;
  return [{ paths: chosen, warnings: [warning] }];
}

function groupBy(paths: readonly string[], key: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) groups.set(key(path), [...(groups.get(key(path)) ?? []), path]);
  return groups;
}
