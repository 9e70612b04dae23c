/**
 * Reads the optional groups.csv beside labels.csv: a header row, then an image and its group per row, for instance the animal or the day it
 * was filmed. Frames of one group stay together when a split is made by group. What is left out: several groups per image.
 */
import { join, posix } from 'node:path';
import { AppError } from '../../src/errors.ts';
import { readCsv } from './csv-table.ts';
import { imageLocator } from './locate-image.ts';

const NAME = 'groups.csv';
const NAMES_IN_A_MESSAGE = 5;

/**
 * @param files of the dataset, relative, with `/`.
 * @param tablePath labels.csv within the dataset; groups.csv stands beside it.
 * @returns the group of each image in `imageNames`.
 * @throws AppError labels_invalid when there is no groups.csv or it names no group for an image.
 */
export async function readGroups(
  folder: string,
  files: readonly { path: string }[],
  tablePath: string,
  imageNames: readonly string[],
): Promise<string[]> {
  const paths = files.map(file => file.path);
  const wanted = posix.join(posix.dirname(tablePath), NAME).toLowerCase();
  const path = paths.find(candidate => candidate.toLowerCase() === wanted);
  if (path === undefined) {
    throw new AppError('labels_invalid', `split_by "group" needs a ${NAME} beside labels.csv, and there is none.`, {
      remedy: `Write a ${NAME} with a header row "Image path,Group" and a row for each image.`,
    });
  }
  const locate = imageLocator(paths, path);
  const groupOf = new Map<string, string>();
  for (const { cells } of (await readCsv(join(folder, path), NAME)).rows.slice(1)) {
    const [image = '', group = ''] = cells;
    const located = locate(image);
    if ('path' in located && group !== '') groupOf.set(located.path, group);
  }
  const without = imageNames.filter(name => !groupOf.has(name));
  if (without.length > 0) {
    const shown = without.slice(0, NAMES_IN_A_MESSAGE).map(name => `"${name}"`);
    throw new AppError(
      'labels_invalid',
      `${NAME} gives no group for ${without.length} labelled images: ${shown.join(', ')}.`,
      {
        remedy: 'Give each image of labels.csv a row with its group.',
      },
    );
  }
  return imageNames.map(name => groupOf.get(name)!);
}
