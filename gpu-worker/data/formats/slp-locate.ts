/**
 * Finds the images and videos that a .slp file names among the files of the dataset. The file carries paths of the machine it was made on.
 * A video that was renamed is still known where there is no choice: one video is labelled and one is there.
 */
import { posix } from 'node:path';
import { AppError } from '../../../src/errors.ts';
import { indexImages } from '../locate-image.ts';
import { named } from '../sentence.ts';

const VIDEO_FILE = /\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|ts|mts|m2ts|ogv|mj2|h264|h265)$/i;

/** @returns paths within the dataset. @throws AppError image_missing, labels_invalid when a name fits several files. */
export function locateImages(written: readonly string[], paths: readonly string[], slpPath: string): string[] {
  const locate = indexImages(paths);
  const missing = new Set<string>();
  const located = written.map(path => {
    const found = locate(path, slpPath);
    if ('ambiguous' in found) throw ambiguous(slpPath, path, found.ambiguous);
    if ('path' in found) return found.path;
    missing.add(path);
    return '';
  });
  if (missing.size === 0) return located;
  const [are, images] = missing.size === 1 ? ['is', 'image'] : ['are', 'images'];
  throw new AppError(
    'image_missing',
    `${missing.size} labelled ${images} named in ${slpPath} ${are} not in the dataset: ${named([...missing].map(baseName))}.`,
    { remedy: 'Pack the images together with the labels, or export a training package (.pkg.slp) from SLEAP.' },
  );
}

/**
 * @param written the labelled videos.
 * @param warnings gets a sentence where a renamed video was taken.
 * @throws AppError image_missing, labels_invalid when a name fits several files.
 */
export function locateVideos(
  written: readonly string[],
  paths: readonly string[],
  slpPath: string,
  warnings: string[],
): string[] {
  const locate = indexImages(paths);
  const videos = paths.filter(path => VIDEO_FILE.test(path));
  const missing: string[] = [];
  const located = written.map(path => {
    const found = locate(path, slpPath);
    if ('ambiguous' in found) throw ambiguous(slpPath, path, found.ambiguous);
    if ('path' in found) return found.path;
    const [only] = videos;
    if (written.length === 1 && videos.length === 1) {
      warnings.push(
        `${slpPath} names the video "${baseName(path)}", and "${only}" was taken for it, the only video there is.`,
      );
      return only!;
    }
    missing.push(path);
    return '';
  });
  if (missing.length === 0) return located;
  const names = named([...new Set(missing.map(baseName))]);
  const [are, video] = missing.length === 1 ? ['is', 'video'] : ['are', 'videos'];
  throw new AppError('image_missing', `The labelled ${video} ${names} of ${slpPath} ${are} not in the dataset.`, {
    remedy:
      'Pack the video together with the labels, or export a training package (.pkg.slp) from SLEAP, which holds the labelled frames themselves.',
  });
}

export function baseName(path: string): string {
  return posix.basename(path.replaceAll('\\', '/'));
}

function ambiguous(slpPath: string, written: string, candidates: string[]): AppError {
  return new AppError('labels_invalid', `${slpPath} names "${written}", which may be any of ${named(candidates)}.`, {
    remedy: 'Keep one of them in the dataset, or export a training package (.pkg.slp) from SLEAP.',
  });
}
