/**
 * Reads labels of SLEAP: .slp with its images or videos beside it, and packages (.pkg.slp) that hold the labelled frames themselves.
 *
 * What the file says is read in a thread (slp-file.ts, slp-labels.ts); frames are then located, or taken out into images, since training
 * reads them many times in any order. Of several animals in a frame the first is used: networks here track one.
 */
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { DatasetFolder, LabelledDataset, LabelledFrame, ReadSettings } from './format.ts';
import { neverVisible } from './frames.ts';
import { takeEmbedded } from './slp-embedded.ts';
import { SlpFile } from './slp-file.ts';
import { FrameStore } from './slp-frame-store.ts';
import type { SlpLabels } from './slp-labels.ts';
import { baseName, locateImages, locateVideos } from './slp-locate.ts';
import { takeFromVideo } from './slp-media.ts';
import { type LabelledVideo, labelledVideos } from './slp-sources.ts';
import { labelWarnings, noFrames, noLabels } from './slp-words.ts';

/** Where a frame was found. */
type FoundFrame = Omit<LabelledFrame, 'points'>;

/** What the readers of the kinds of videos share. */
interface Reading {
  dataset: DatasetFolder;
  path: string;
  settings: ReadSettings;
  file: SlpFile;
  store: FrameStore;
  warnings: string[];
}

/**
 * @param path of the .slp within the dataset.
 * @param options.silentSeconds for a damaged file that the HDF5 library never ends with.
 * @throws AppError labels_invalid, no_labelled_frames, image_missing, image_invalid, video_invalid, video_codec_unsupported,
 * archive_too_large; the signal's reason after an abort.
 */
export async function readSlp(
  dataset: DatasetFolder,
  path: string,
  settings: ReadSettings,
  { silentSeconds = 60 }: { silentSeconds?: number } = {},
): Promise<LabelledDataset> {
  const { signal } = settings;
  const file = new SlpFile(join(dataset.folder, path), path, { silentSeconds, signal });
  try {
    const labels = await file.labels();
    const { skeleton } = labels;
    if (skeleton === null || labels.frames.index.length === 0) throw noLabels(path, labels.counts);
    const videos = labelledVideos(labels);
    const warnings = labelWarnings(path, labels.counts, labels.frames.index.length);
    const taken = videos.filter(({ kind, crop }) => kind !== 'images' || crop);
    const total = taken.reduce((sum, { wanted }) => sum + wanted.length, 0);
    const reading = { dataset, path, settings, file, store: new FrameStore(settings, total), warnings };
    const found = await findFrames(reading, videos, labels.frames.index.length);
    const frames = withPoints(found, labels, skeleton.keypoints.length);
    if (frames.length === 0) throw noFrames(path, warnings);
    warnings.push(...neverVisible(skeleton.keypoints, frames));
    const format = videos.some(({ kind }) => kind === 'embedded') ? 'pkg_slp' : 'slp';
    const namedFrames = labels.counts.frames - labels.counts.predictedOnly;
    return { format, labelFiles: [path], skeleton, frames, namedFrames, warnings };
  } finally {
    await file.close();
  }
}

/** Of each labelled frame of the file, in its order; null where there is no image of it. */
async function findFrames(
  reading: Reading,
  videos: readonly LabelledVideo[],
  count: number,
): Promise<(FoundFrame | null)[]> {
  const found: (FoundFrame | null)[] = new Array(count).fill(null);
  const paths = reading.dataset.files.map(({ path }) => path);
  const media = videos.filter(({ kind }) => kind === 'media');
  // Before hours of decoding: whether all is there.
  const videoPaths = locateVideos(
    media.map(({ filename }) => filename),
    paths,
    reading.path,
    reading.warnings,
  );
  const lists = videos.filter(({ kind }) => kind === 'images');
  const written = lists.flatMap(({ wanted, filenames }) => wanted.map(frame => filenames[frame]!));
  const imagePaths = locateImages(written, paths, reading.path);
  for (const video of lists) {
    const own = imagePaths.splice(0, video.wanted.length);
    keep(found, video, await imageFrames(reading, video, own));
  }
  for (const video of videos.filter(({ kind }) => kind === 'embedded')) {
    keep(found, video, await embeddedFrames(reading, video));
  }
  for (const [i, video] of media.entries()) keep(found, video, await videoFrames(reading, video, videoPaths[i]!));
  return found;
}

function keep(found: (FoundFrame | null)[], { rows }: LabelledVideo, frames: (FoundFrame | null)[]): void {
  for (const [i, row] of rows.entries()) found[row] = frames[i]!;
}

async function imageFrames(reading: Reading, video: LabelledVideo, paths: string[]): Promise<FoundFrame[]> {
  const { dataset, store } = reading;
  const frames: FoundFrame[] = [];
  for (const [i, path] of paths.entries()) {
    const frame = video.wanted[i]!;
    const written = posix.dirname(video.filenames[frame]!.replaceAll('\\', '/'));
    const folder = posix.dirname(path) === '.' ? baseName(written) : posix.dirname(path);
    const videoName = folder === '.' ? '' : folder;
    const hostPath = join(dataset.folder, path);
    if (video.crop === null) frames.push({ imagePath: hostPath, imageName: path, videoName });
    else {
      const target = await store.pathFor(video.id, baseName(path), frame);
      const changes = { redIsBlue: false, crop: video.crop };
      const imagePath = await store.keepChanged(target, await readFile(hostPath), changes);
      frames.push({ imagePath, imageName: path, videoName: video.name });
    }
  }
  return frames;
}

async function embeddedFrames(
  { path, file, store, warnings }: Reading,
  video: LabelledVideo,
): Promise<(FoundFrame | null)[]> {
  const { id, name, rows, crop, wanted } = { ...video, rows: video.embedded! };
  const images = await takeEmbedded(file, { name, group: id, rows, crop, wanted }, store);
  const missing = images.filter(image => image === null).length;
  if (missing > 0) {
    warnings.push(
      `${missing} of ${wanted.length} labelled frames of "${name}" are not embedded in ${path} and were left out.`,
    );
  }
  return images.map((image, i) => named(image, name, wanted[i]!));
}

async function videoFrames(
  { dataset, settings, store, warnings }: Reading,
  { id, name, grayscale, crop, wanted }: LabelledVideo,
  videoPath: string,
): Promise<(FoundFrame | null)[]> {
  const source = { hostPath: join(dataset.folder, videoPath), name, group: id, grayscale, crop, wanted };
  const { paths, frames, complaint } = await takeFromVideo(source, store, settings.signal);
  const missing = paths.filter(path => path === null).length;
  const behind = frames === null ? missing : wanted.filter(frame => frame >= frames).length;
  if (behind > 0) {
    const end = frames === null ? 'its end' : `its end, frame ${frames - 1}`;
    warnings.push(
      `${behind} of ${wanted.length} labelled frames of "${videoPath}" lie behind ${end}, and were left out: is it the video that was labelled?`,
    );
  }
  if (complaint !== null) warnings.push(`${videoPath}: ${complaint}`);
  return paths.map((path, i) => named(path, name, wanted[i]!));
}

function named(imagePath: string | null, videoName: string, frame: number): FoundFrame | null {
  return imagePath === null ? null : { imagePath, imageName: `${videoName}, frame ${frame}`, videoName };
}

function withPoints(found: (FoundFrame | null)[], { frames }: SlpLabels, keypoints: number): LabelledFrame[] {
  return found.flatMap((frame, row) => {
    if (frame === null) return [];
    return { ...frame, points: frames.points.subarray(2 * keypoints * row, 2 * keypoints * (row + 1)) };
  });
}
