/**
 * Reads a DeepLabCut project: a table for each video in labeled-data/<video>/, beside the images, all of them one dataset; skeleton
 * and body parts from the project's config.yaml where it is there. The tables' .h5 twins hold the same and are not needed.
 *
 * The order of body parts is that of the first table. Left out: several animals (refused by name), the videos themselves.
 */
import { posix } from 'node:path';
import type { Skeleton } from '../../../src/contract/pose.ts';
import { AppError } from '../../../src/errors.ts';
import { named } from '../sentence.ts';
import { readEdges } from '../skeleton-csv.ts';
import { edgesOf, readDlcConfig, refuseSeveralAnimals } from './dlc-config.ts';
import type { DatasetFolder, LabelledDataset, LabelledFrame } from './format.ts';
import {
  indexFiles,
  type LabelledImage,
  locateFrames,
  neverVisible,
  noLabelledFrames,
  repeatedImages,
} from './frames.ts';
import { type KeypointTable, readKeypointTable } from './keypoint-table.ts';
import { rowWarnings, withoutPoints } from './labels-csv.ts';

/**
 * @param labelFiles the tables within the dataset, at least one.
 * @throws AppError labels_invalid, several_animals, image_missing, no_labelled_frames.
 */
export async function readDeepLabCut(dataset: DatasetFolder, labelFiles: string[]): Promise<LabelledDataset> {
  const warnings: string[] = [];
  const [first] = labelFiles as [string];
  const configFile = findConfig(dataset, first);
  const config = configFile === undefined ? null : await readDlcConfig(dataset, configFile, warnings);
  if (config && configFile) refuseSeveralAnimals(config, configFile);
  let keypoints: string[] = [];
  let namedFrames = 0;
  const frames: LabelledFrame[] = [];
  const locate = indexFiles(dataset);
  for (const file of labelFiles) {
    const table = await readKeypointTable(dataset.folder, file);
    if (file === first) keypoints = table.keypoints;
    warnings.push(...table.warnings);
    namedFrames += table.namedFrames;
    // One by one: a project with tens of thousands of frames would be too many arguments for push.
    for (const frame of locateFrames(dataset, file, inOrder(table, file, keypoints, first), locate)) frames.push(frame);
  }
  const several = labelFiles.length > 1;
  const tables = several ? `the ${labelFiles.length} tables` : first;
  if (frames.length === 0) throw noLabelledFrames(several ? 'The project' : first, withoutPoints(namedFrames));
  warnings.push(...rowWarnings(tables, frames.length, namedFrames));
  const repeated = repeatedImages(frames);
  if (repeated > 0) warnings.push(`${repeated} rows of ${tables} name an image that another row names too.`);
  warnings.push(...neverVisible(keypoints, frames));
  const lacking = (config?.bodyparts ?? []).filter(bodypart => !keypoints.includes(bodypart));
  if (lacking.length > 0) warnings.push(`${configFile} lists body parts that no table has: ${named(lacking)}.`);
  let edges: Skeleton['edges'];
  if (config && configFile) edges = edgesOf(config, keypoints, configFile, warnings);
  else edges = await skeletonBeside(dataset, first, keypoints, warnings);
  return { format: 'deeplabcut', labelFiles, skeleton: { keypoints, edges }, frames, namedFrames, warnings };
}

/** The project's folder: above labeled-data/<video>/, or above <video>/ where only those were packed; '.' is the top. */
export function projectOf(table: string): string {
  const above = posix.dirname(posix.dirname(table));
  return isInLabeledData(table) ? posix.dirname(above) : above;
}

export function isInLabeledData(table: string): boolean {
  return posix.basename(posix.dirname(posix.dirname(table))).toLowerCase() === 'labeled-data';
}

/** The project's config.yaml: in its folder, or else where somebody packed it beside the tables. */
export function findConfig({ files }: DatasetFolder, table: string): string | undefined {
  const paths = new Set(files.map(({ path }) => path));
  const video = posix.dirname(table);
  return [projectOf(table), posix.dirname(video), video]
    .map(folder => posix.join(folder, 'config.yaml'))
    .find(path => paths.has(path));
}

/** The images of a table with its points in the order of `keypoints`. @throws AppError labels_invalid when it has others. */
function inOrder(
  table: KeypointTable,
  file: string,
  keypoints: readonly string[],
  first: string,
): readonly LabelledImage[] {
  const place = new Map(table.keypoints.map((keypoint, k) => [keypoint, k]));
  const lacking = keypoints.filter(keypoint => !place.has(keypoint));
  const extra = table.keypoints.filter(keypoint => !keypoints.includes(keypoint));
  if (lacking.length > 0 || extra.length > 0) {
    const differences = [
      ...(lacking.length > 0 ? [`lacks ${named(lacking)}`] : []),
      ...(extra.length > 0 ? [`has ${named(extra)} besides`] : []),
    ];
    throw new AppError(
      'labels_invalid',
      `${file} has other body parts than ${first}: it ${differences.join(' and ')}. All tables of a project must have the same.`,
      { remedy: 'Pack only the folders of videos that were labelled with the same body parts.' },
    );
  }
  const order = keypoints.map(keypoint => place.get(keypoint)!);
  if (order.every((k, i) => k === i)) return table.images;
  return table.images.map(({ written, points }) => ({
    written,
    points: Float32Array.from(order.flatMap(k => [points[2 * k]!, points[2 * k + 1]!])),
  }));
}

function skeletonBeside(
  { folder, files }: DatasetFolder,
  table: string,
  keypoints: readonly string[],
  warnings: string[],
): Promise<Skeleton['edges']> {
  const paths = files.map(({ path }) => path);
  return readEdges(folder, paths, table, keypoints, warnings);
}
