/**
 * From labels to frames: finds the image of each, and says in words what is missing, ambiguous, repeated or never visible.
 * The same for every format whose images lie in the dataset as files.
 */
import { join, posix } from 'node:path';
import { AppError } from '../../../src/errors.ts';
import { type ImageIndex, indexImages } from '../locate-image.ts';
import { named } from '../sentence.ts';
import type { DatasetFolder, LabelledFrame } from './format.ts';

/** The points of one image. */
export interface LabelledImage {
  /** The image path as the labels give it. */
  written: string;
  /** [K, 2] x and y in original pixels; NaN: not visible. */
  points: Float32Array;
}

/**
 * @param file the labels within the dataset.
 * @param locate of this dataset; to be handed over where there are several label files.
 * @throws AppError image_missing, labels_invalid when a name fits several files.
 */
export function locateFrames(
  dataset: DatasetFolder,
  file: string,
  images: readonly LabelledImage[],
  locate = indexFiles(dataset),
): LabelledFrame[] {
  const located = images.map(({ written }) => ({ written, ...locate(written, file) }));
  const missing = located.filter(image => 'missing' in image).map(image => image.written);
  if (missing.length > 0) throw imagesMissing(file, missing);
  return located.map((image, i) => {
    if (!('path' in image)) throw ambiguousImage(file, image.written, 'ambiguous' in image ? image.ambiguous : []);
    return {
      imagePath: join(dataset.folder, image.path),
      imageName: image.path,
      videoName: folderOf(image.written.replaceAll('\\', '/')) || folderOf(image.path),
      points: images[i]!.points,
    };
  });
}

export function indexFiles({ files }: DatasetFolder): ImageIndex {
  return indexImages(files.map(({ path }) => path));
}

/** A sentence for each keypoint that no frame has. */
export function neverVisible(keypoints: readonly string[], frames: readonly LabelledFrame[]): string[] {
  return keypoints
    .filter((_, k) => frames.every(({ points }) => Number.isNaN(points[2 * k])))
    .map(keypoint => `The keypoint "${keypoint}" is not visible in any labelled image.`);
}

/** How many frames share their image with an earlier one. */
export function repeatedImages(frames: readonly LabelledFrame[]): number {
  return frames.length - new Set(frames.map(frame => frame.imageName)).size;
}

/** @param what of the labels, e.g. "has no rows below its header". */
export function noLabelledFrames(file: string, what: string): AppError {
  return new AppError('no_labelled_frames', `${file} ${what}: there is nothing to train on.`, {
    remedy: 'Label at least one image.',
  });
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

function imagesMissing(file: string, missing: readonly string[]): AppError {
  const [images, are] = missing.length === 1 ? ['image', 'is'] : ['images', 'are'];
  return new AppError(
    'image_missing',
    `${missing.length} ${images} named in ${file} ${are} not in the dataset: ${named(missing)}.`,
    { remedy: `Put the images beside ${file} under the names it gives, and pack them again.` },
  );
}

function ambiguousImage(file: string, written: string, candidates: readonly string[]): AppError {
  return new AppError('labels_invalid', `${file} names "${written}", which may be any of ${named(candidates)}.`, {
    remedy: `Write the folder of each image into ${file} as well.`,
  });
}
