/**
 * Reads the service's dataset layout: labels.csv (one row per image, X and Y of each keypoint in original pixels, two empty cells
 * where it is hidden), the images it names, and optionally skeleton.csv beside it.
 * Lightning Pose is read the same way: one table with DeepLabCut's header, whose rows name images in folders.
 */
import type { DatasetFormat } from '../../../src/contract/dataset.ts';
import { readEdges } from '../skeleton-csv.ts';
import type { DatasetFolder, LabelledDataset } from './format.ts';
import { locateFrames, neverVisible, noLabelledFrames, repeatedImages } from './frames.ts';
import { readKeypointTable } from './keypoint-table.ts';

/**
 * @param file the table within the dataset.
 * @throws AppError labels_invalid (with line and column), several_animals, image_missing, no_labelled_frames.
 */
export async function readLabelsCsv(
  dataset: DatasetFolder,
  file: string,
  format: DatasetFormat = 'labels_csv',
): Promise<LabelledDataset> {
  const table = await readKeypointTable(dataset.folder, file);
  const { keypoints, images, namedFrames } = table;
  if (images.length === 0) throw noLabelledFrames(file, withoutPoints(namedFrames));
  const frames = locateFrames(dataset, file, images);
  const warnings = [...table.warnings, ...rowWarnings(file, images.length, namedFrames)];
  const repeated = repeatedImages(frames);
  if (repeated > 0) warnings.push(`${repeated} rows of ${file} name an image that another row names too.`);
  warnings.push(...neverVisible(keypoints, frames));
  const paths = dataset.files.map(({ path }) => path);
  const edges = await readEdges(dataset.folder, paths, file, keypoints, warnings);
  return { format, labelFiles: [file], skeleton: { keypoints, edges }, frames, namedFrames, warnings };
}

/** How many rows were left out. */
export function rowWarnings(file: string, labelledFrames: number, namedFrames: number): string[] {
  const empty = namedFrames - labelledFrames;
  return empty > 0 ? [`${empty} of ${namedFrames} rows of ${file} have no point and were left out.`] : [];
}

/** What is to be said of a table without a point. */
export function withoutPoints(rows: number): string {
  return rows === 0 ? 'has no rows below its header' : `has ${rows} rows, but none has a point`;
}
