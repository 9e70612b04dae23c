/**
 * Reads the optional groups.csv: a header row, then an image and its group per row, for instance the animal or the day it was filmed. It
 * stands beside the labels, or in a folder above them where a format keeps labels in many folders. Frames of one group stay together when a
 * split is made by group. What is left out: several groups per image.
 */
import { join, posix } from 'node:path';
import { AppError } from '../../src/errors.ts';
import { readCsv } from './csv-table.ts';
import { indexImages } from './locate-image.ts';
import { named } from './sentence.ts';

const NAME = 'groups.csv';

/**
 * @param files of the dataset, relative, with `/`.
 * @param labelFiles within the dataset; groups.csv stands beside the first, or in the nearest folder above it.
 * @param imageNames of the labelled frames; those of a video ("video.mp4, frame 12") are to be written just so.
 * @returns the group of each image in `imageNames`.
 * @throws AppError labels_invalid when there is no groups.csv or it names no group for an image.
 */
export async function readGroups(
  folder: string,
  files: readonly { path: string }[],
  labelFiles: readonly string[],
  imageNames: readonly string[],
): Promise<string[]> {
  const paths = files.map(file => file.path);
  const path = findGroups(paths, labelFiles[0] ?? '');
  if (path === undefined) {
    throw new AppError('labels_invalid', `split_by "group" needs a ${NAME} beside the labels, and there is none.`, {
      remedy: `Write a ${NAME} with a header row "Image path,Group" and a row for each image.`,
    });
  }
  const labelled = new Set(imageNames);
  const locate = indexImages(paths);
  const groupOf = new Map<string, string>();
  for (const { cells } of (await readCsv(join(folder, path), NAME)).rows.slice(1)) {
    const [image = '', group = ''] = cells;
    if (group === '') continue;
    const located = labelled.has(image) ? { path: image } : locate(image, path);
    if ('path' in located) groupOf.set(located.path, group);
  }
  const without = imageNames.filter(name => !groupOf.has(name));
  if (without.length > 0) {
    throw new AppError(
      'labels_invalid',
      `${NAME} gives no group for ${without.length} labelled images: ${named(without)}.`,
      {
        remedy: 'Give each labelled image a row with its group.',
      },
    );
  }
  return imageNames.map(name => groupOf.get(name)!);
}

/** The groups.csv in the folder of the labels, or else in the nearest one above. */
function findGroups(paths: readonly string[], labelFile: string): string | undefined {
  const byFolded = new Map(paths.map(path => [path.toLowerCase(), path]));
  for (let folder = posix.dirname(labelFile); ; folder = posix.dirname(folder)) {
    const found = byFolded.get(posix.join(folder, NAME).toLowerCase());
    if (found !== undefined || folder === posix.dirname(folder)) return found;
  }
}
