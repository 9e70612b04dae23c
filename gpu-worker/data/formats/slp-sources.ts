/** The labelled frames of a .slp file by the videos they belong to, and what each video is called. */
import { posix } from 'node:path';
import { AppError } from '../../../src/errors.ts';
import type { EmbeddedRows } from './slp-embedded-rows.ts';
import type { SlpLabels } from './slp-labels.ts';
import { baseName } from './slp-locate.ts';
import type { Crop, SlpVideo } from './slp-videos.ts';

export interface LabelledVideo {
  /** The number by which the file's frames name it. */
  id: number;
  kind: 'embedded' | 'images' | 'media';
  /** Its file name; with folders where several videos share it. */
  name: string;
  /** As the file writes it. */
  filename: string;
  /** Of a list of images; else empty. */
  filenames: string[];
  /** Of an embedded video; else null. */
  embedded: EmbeddedRows | null;
  grayscale: boolean;
  crop: Crop | null;
  /** Frames of the video, ascending. */
  wanted: number[];
  /** Places of these frames in the labels. */
  rows: number[];
}

const IMAGE_FILE = /\.(tiff?|png|jpe?g|bmp|webp)$/i;

/** @throws AppError labels_invalid, image_invalid where frames are kept in a way that cannot be read. */
export function labelledVideos({ videos, frames }: Pick<SlpLabels, 'videos' | 'frames'>): LabelledVideo[] {
  const rowsOf = new Map<number, number[]>();
  for (const [row, video] of frames.video.entries()) {
    const rows = rowsOf.get(video);
    if (rows) rows.push(row);
    else rowsOf.set(video, [row]);
  }
  const described = [...rowsOf].map(([id, rows]) => {
    const sorted = rows.sort((a, b) => frames.index[a]! - frames.index[b]!);
    return { id, rows: sorted, wanted: sorted.map(row => frames.index[row]!), video: videos.get(id)! };
  });
  const names = distinctNames(described.map(({ id, video }) => video.filename || `video${id}`));
  return described.map(({ id, rows, wanted, video }, i) => {
    const { filename, source, crop } = video;
    const kept = { id, name: names[i]!, filename, filenames: [], embedded: null, grayscale: false, crop, wanted, rows };
    if (source.kind === 'embedded') return { ...kept, kind: 'embedded', embedded: source.rows };
    const filenames = imagesOf(video);
    if (filenames === null) return { ...kept, kind: 'media', grayscale: source.kind === 'media' && source.grayscale };
    checkList(filenames, wanted);
    return { ...kept, kind: 'images', filenames };
  });
}

/** @returns null for a video. */
function imagesOf({ filename, source }: SlpVideo): string[] | null {
  if (source.kind === 'images') return source.filenames;
  if (source.kind === 'arrays') {
    const name = baseName(filename);
    throw new AppError(
      'labels_invalid',
      `The labelled frames are arrays in the file "${name}", which cannot be read.`,
      {
        remedy: 'Export a training package (.pkg.slp) from SLEAP: it holds the labelled frames themselves.',
      },
    );
  }
  return IMAGE_FILE.test(filename) ? [filename] : null;
}

function checkList(filenames: readonly string[], wanted: readonly number[]): void {
  const last = wanted.at(-1)!;
  if (last < filenames.length) return;
  const [first] = filenames;
  const name = baseName(first!);
  if (filenames.length > 1) {
    throw new AppError(
      'labels_invalid',
      `Frame ${last} is labelled, and the list of "${name}" has ${filenames.length} images.`,
    );
  }
  throw new AppError(
    'image_invalid',
    `Frame ${last} of "${name}" is labelled; of images with several pages only the first can be read.`,
    { remedy: 'Export a training package (.pkg.slp) from SLEAP: it holds the labelled frames themselves.' },
  );
}

/** File names; names that several have are told apart by their folders, or in the end by a number. */
function distinctNames(filenames: readonly string[]): string[] {
  const parts = filenames.map(filename => posix.normalize(filename.replaceAll('\\', '/')).split('/'));
  const depth = Math.max(1, ...parts.map(({ length }) => length));
  let names = parts.map(each => each.at(-1)!);
  for (let last = 2; last <= depth && new Set(names).size < names.length; last++) {
    const taken = names;
    const isShared = (name: string) => taken.indexOf(name) !== taken.lastIndexOf(name);
    names = names.map((name, i) => (isShared(name) ? parts[i]!.slice(-last).join('/') : name));
  }
  const seen = new Map<string, number>();
  return names.map(name => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}
