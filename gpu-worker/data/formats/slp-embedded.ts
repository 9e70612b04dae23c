/** Takes the labelled frames out of a package: PNG and JPEG files as they are, raw pixels as PNG. */
import sharp from 'sharp';
import { AppError } from '../../../src/errors.ts';
import type { DecodedImage } from '../../media/image.ts';
import type { EmbeddedRows, RawShape } from './slp-embedded-rows.ts';
import type { SlpFile } from './slp-file.ts';
import type { FrameStore } from './slp-frame-store.ts';
import type { Crop } from './slp-videos.ts';

/** Rows that are read at a time. */
const MOST_ROWS = 16;
const MOST_RAW_BYTES = 2 ** 26;

export interface EmbeddedFrames {
  name: string;
  /** Tells the video's files from those of others. */
  group: number;
  rows: EmbeddedRows;
  crop: Crop | null;
  /** Frames of the video, ascending. */
  wanted: number[];
}

/**
 * @returns paths of the images of the wanted frames; null: the package does not hold it.
 * @throws AppError image_invalid, archive_too_large, labels_invalid; the signal's reason.
 */
export async function takeEmbedded(
  file: SlpFile,
  { name, group, rows, crop, wanted }: EmbeddedFrames,
  store: FrameStore,
): Promise<(string | null)[]> {
  const rowOf = rows.frameNumbers && new Map([...rows.frameNumbers].map((frame, row) => [frame, row]));
  const places = wanted.map(frame => (rowOf ? rowOf.get(frame) : frame)).map(row => (row! < rows.rows ? row! : null));
  if (rows.raw) store.checkSize(`${name}, frame ${wanted[0]}`, rows.raw);
  const frameBytes = rows.raw ? rows.raw.widthPx * rows.raw.heightPx * rows.raw.channels : 1;
  const batch = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_RAW_BYTES / Math.max(1, frameBytes))));
  const paths: (string | null)[] = wanted.map(() => null);
  const present = wanted.map((_, i) => i).filter(i => places[i] !== null);
  for (let at = 0; at < present.length; at += batch) {
    const some = present.slice(at, at + batch);
    const read = await file.embedded(
      rows,
      some.map(i => places[i]!),
    );
    for (const [k, i] of some.entries()) {
      const path = await store.pathFor(group, name, wanted[i]!);
      paths[i] = rows.raw
        ? await store.keepPixels(path, rawImage(read[k]!, rows.raw, `${name}, frame ${wanted[i]}`), crop)
        : await keepEncoded(path, read[k]!, { redIsBlue: rows.redIsBlue, crop }, store);
    }
  }
  return paths;
}

async function keepEncoded(
  path: string,
  bytes: Uint8Array,
  { redIsBlue, crop }: { redIsBlue: boolean; crop: Crop | null },
  store: FrameStore,
): Promise<string> {
  const ending = endingOf(bytes);
  if (ending === null) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    throw new AppError('image_invalid', `The image of "${name}" in the package is neither PNG nor JPEG.`, {
      remedy: 'Export the training package from SLEAP again.',
    });
  }
  const exchange = redIsBlue && !(await isStoredGray(bytes));
  if (exchange || crop) return store.keepChanged(path, bytes, { redIsBlue: exchange, crop });
  await store.keepFile(`${path}${ending}`, bytes);
  return `${path}${ending}`;
}

/** By content. */
function endingOf(bytes: Uint8Array): '.png' | '.jpg' | null {
  const [a, b, c, d] = bytes;
  if (a === 0x89 && b === 0x50 && c === 0x4e && d === 0x47) return '.png';
  return a === 0xff && b === 0xd8 && c === 0xff ? '.jpg' : null;
}

/** What cannot be read is left to readImage(), which says so. */
async function isStoredGray(bytes: Uint8Array): Promise<boolean> {
  const { space } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => ({ space: undefined }));
  return space === 'b-w' || space === 'grey16';
}

/** SLEAP's arrays [W, H] of several channels lie [C, W, H] where channels are first. */
function rawImage(
  bytes: Uint8Array,
  { widthPx, heightPx, channels, channelsFirst }: RawShape,
  name: string,
): DecodedImage {
  if (channels !== 1 && channels !== 3) {
    throw new AppError('image_invalid', `"${name}" has ${channels} channels; images have 1 or 3.`);
  }
  if (!channelsFirst) return { widthPx, heightPx, channels, data: bytes };
  const data = new Uint8Array(bytes.length);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let x = 0; x < widthPx; x++) {
      for (let y = 0; y < heightPx; y++) data[(y * widthPx + x) * channels + c] = bytes[at++]!;
    }
  }
  return { widthPx, heightPx, channels, data };
}
