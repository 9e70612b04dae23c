/** The little that a file's name says here: that it is nobody's data, an image or a video, or the service's own labels.csv. */
import { posix } from 'node:path';
import type { DatasetFolder } from './format.ts';

const LEFT_BY_SYSTEMS = new Set(['.ds_store', 'thumbs.db', 'desktop.ini']);
const IMAGE = /\.(png|jpe?g|jpe|jfif|bmp|webp|tiff?|gif|avif|heic|heif|svg)$/i;
const VIDEO = /\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|mts|m2ts|ogv|3gp|seq)$/i;

/** Without what macOS and Windows leave in folders and archives. */
export function withoutLeftovers({ folder, files }: DatasetFolder): DatasetFolder {
  return { folder, files: files.filter(({ path }) => !isLeftover(path)) };
}

export function isImage(path: string): boolean {
  return IMAGE.test(path);
}

/** Whether a file is named as an image or a video. */
export function isMedia(path: string): boolean {
  return IMAGE.test(path) || VIDEO.test(path);
}

export function isLabelsCsv(path: string): boolean {
  return posix.basename(path).toLowerCase() === 'labels.csv';
}

function isLeftover(path: string): boolean {
  const name = posix.basename(path);
  // AppleDouble: `._img0.png` beside `img0.png`, in archives also below __MACOSX.
  if (name.startsWith('._') || path.split('/').includes('__MACOSX')) return true;
  return LEFT_BY_SYSTEMS.has(name.toLowerCase());
}
