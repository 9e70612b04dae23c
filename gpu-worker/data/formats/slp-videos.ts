/**
 * What a .slp file says of its videos (/videos_json, a JSON each): where the frames are to be found.
 *
 *   {backend: {filename: ".", dataset: "video0/video"}}   embedded in the file itself; what they were taken from is in source_video
 *   {backend: {filenames: [..]}}                          a list of images, a frame each
 *   {backend: {filename: "a.mp4", grayscale: true}}       a video beside it
 *   {backend: {filename: "a.h5", dataset: "/box"}}        arrays in another HDF5 file, which are not read here
 *
 * Frames name a video by its place in the list, or, in packages of SLEAP that keep some of the project's videos only, by the number in
 * "video15/video". sleap-io's view of a part of a video stands in /video_crops; its points are counted from the corner of that part.
 */
import { posix } from 'node:path';
import { Dataset, Group } from 'h5wasm';
import { z } from 'zod';
import { damaged } from './slp-damage.ts';
import { type EmbeddedRows, embeddedRows } from './slp-embedded-rows.ts';
import { attributeOf, datasetAt, jsonIn, type OpenSlp, textAt } from './slp-hdf5.ts';

/** A part of the frame that stands for the whole. */
export interface Crop {
  /** Left, top, right and bottom in pixels of the whole frame, the latter two excluded. */
  box: [number, number, number, number];
  /** What it shows outside of the frame, 0 to 255. */
  fill: number;
}

type VideoSource =
  | { kind: 'embedded'; rows: EmbeddedRows }
  | { kind: 'images'; filenames: string[] }
  | { kind: 'media'; grayscale: boolean }
  | { kind: 'arrays' };

export interface SlpVideo {
  /** As the file writes it; of an embedded video the one it was taken from, '' where nobody knows. */
  filename: string;
  source: VideoSource;
  crop: Crop | null;
}

/** Of a list of images: the first, or the list itself. */
const filenameSchema = z.union([z.string(), z.array(z.string())]).nullish();
const videoSchema = z.object({
  filename: filenameSchema,
  backend: z.object({
    filename: filenameSchema,
    filenames: z.array(z.string()).nullish(),
    dataset: z.string().nullish(),
    input_format: z.string().nullish(),
    grayscale: z.boolean().nullish(),
  }),
  source_video: z.unknown().optional(),
});
type VideoJson = z.infer<typeof videoSchema>;

const cropsSchema = z.array(
  z.object({
    video: z.int(),
    crop: z.tuple([z.int(), z.int(), z.int(), z.int()]),
    fill: z.union([z.number(), z.array(z.number()).nonempty()]).default(0),
  }),
);
const MAX_VIDEOS = 100_000;
const MAX_CROP_SIDE_PX = 2 ** 15;
const EMBEDDED_NUMBER = /^\/?video(\d{1,9})\//;

/**
 * @param ids.named videos as all frames of the file name them; ids.wanted: those to be described.
 * @param formatId of the file.
 * @throws AppError labels_invalid.
 */
export function readVideos(
  open: OpenSlp,
  ids: { named: ReadonlySet<number>; wanted: ReadonlySet<number> },
  formatId: number,
): Map<number, SlpVideo> {
  const list = datasetAt(open, 'videos_json');
  const count = list.shape?.[0] ?? 0;
  if (count > MAX_VIDEOS) throw damaged(open.name, `it claims to have ${count} videos`);
  // Where the frames name each place of the list, they mean places, whatever the embedded videos are called.
  const arePlaces = ids.named.size === count && [...ids.named].every(id => id < count);
  const places = arePlaces ? new Map<number, number>() : numberedPlaces(open, list, count);
  const crops = readCrops(open);
  const videos = new Map<number, SlpVideo>();
  for (const id of ids.wanted) {
    const place = places.get(id) ?? id;
    if (place >= count) throw damaged(open.name, `a frame belongs to its video ${id}, and it names ${count} videos`);
    videos.set(id, { ...describe(open, parseVideo(open, list, place), formatId), crop: crops.get(place) ?? null });
  }
  return videos;
}

/** Places in the list by the numbers of embedded videos, or by themselves. */
function numberedPlaces(open: OpenSlp, list: Dataset, count: number): Map<number, number> {
  const places = new Map<number, number>();
  for (let place = 0; place < count; place++) {
    const { backend } = parseVideo(open, list, place);
    const number = backend.filename === '.' ? EMBEDDED_NUMBER.exec(backend.dataset ?? '')?.[1] : undefined;
    places.set(number === undefined ? place : Number(number), place);
  }
  return places;
}

function parseVideo(open: OpenSlp, list: Dataset, place: number): VideoJson {
  open.progress();
  const parsed = videoSchema.safeParse(jsonIn(open.name, textAt(open, list, 'videos_json', place), 'videos_json'));
  if (!parsed.success) throw damaged(open.name, `it does not tell what its video ${place} is`, parsed.error);
  return parsed.data;
}

function describe(open: OpenSlp, video: VideoJson, formatId: number): Omit<SlpVideo, 'crop'> {
  const { backend } = video;
  const { filename, filenames } = namesOf(video);
  const dataset = backend.dataset ?? '';
  const baseName = posix.basename(filename.replaceAll('\\', '/'));
  if (filename === '.' || (dataset !== '' && baseName === posix.basename(open.name))) {
    const rows = embeddedRows(open, dataset, { formatId, channelsFirst: backend.input_format === 'channels_first' });
    return { filename: sourceName(open, posix.dirname(dataset)), source: { kind: 'embedded', rows } };
  }
  if (filenames.length > 0) return { filename, source: { kind: 'images', filenames } };
  if (filename === '') throw damaged(open.name, 'it does not tell the name of a video');
  if (dataset !== '' || /\.(h5|hdf5|slp)$/i.test(filename)) return { filename, source: { kind: 'arrays' } };
  return { filename, source: { kind: 'media', grayscale: backend.grayscale === true } };
}

/** What embedded frames were taken from; its description is an attribute, or a dataset where it is too long for one. */
function sourceName(open: OpenSlp, group: string): string {
  for (const path of [`${group}/source_video`, `${group}/original_video`]) {
    const source = open.file.get(path);
    if (!(source instanceof Group)) continue;
    const long = source.get('json');
    const text = long instanceof Dataset ? textAt(open, long, path) : attributeOf(source, 'json');
    if (typeof text !== 'string') continue;
    const video = innermost(jsonIn(open.name, text, path));
    const { filename, filenames } = video ? namesOf(video) : { filename: '', filenames: [] };
    return filenames.length === 0 ? filename : folderOf(filename);
  }
  return '';
}

/** `filenames` of a list of images; else empty. */
function namesOf({ filename: outer, backend }: VideoJson): { filename: string; filenames: string[] } {
  const written = backend.filename ?? outer ?? '';
  const filenames = backend.filenames ?? (Array.isArray(written) ? written : []);
  return { filename: filenames[0] ?? String(written), filenames };
}

/** A package that was made of a package tells of the latter, which tells of the video. */
function innermost(json: unknown): VideoJson | null {
  let innermost: VideoJson | null = null;
  for (let video = videoSchema.safeParse(json); video.success; video = videoSchema.safeParse(video.data.source_video)) {
    innermost = video.data;
  }
  return innermost;
}

function folderOf(path: string): string {
  const folder = posix.dirname(path.replaceAll('\\', '/'));
  return folder === '.' ? '' : folder;
}

/** By the place of the video in the list. */
function readCrops(open: OpenSlp): Map<number, Crop> {
  const dataset = open.file.get('video_crops');
  if (!(dataset instanceof Dataset)) return new Map();
  const parsed = cropsSchema.safeParse(jsonIn(open.name, textAt(open, dataset, 'video_crops'), 'video_crops'));
  const fits = ({ crop: [left, top, right, bottom] }: { crop: Crop['box'] }) =>
    Math.min(right - left, bottom - top) > 0 && Math.max(right - left, bottom - top) <= MAX_CROP_SIDE_PX;
  if (!parsed.success || !parsed.data.every(fits)) throw damaged(open.name, 'its "video_crops" cannot be read');
  return new Map(parsed.data.map(({ video, crop, fill }) => [video, { box: crop, fill: [fill].flat()[0]! }]));
}
