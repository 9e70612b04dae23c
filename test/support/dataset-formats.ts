/** One small dataset in every format and archive that labs send, with pixels that no codec changes: frames of the demo's animal and their points. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { drawAt, KEYPOINTS, keypointsAt, PARENTS, SIDE_PX } from '../../demo/animal.ts';
import { encodeVideo } from '../../demo/encode-video.ts';
import { packFolder } from '../../demo/pack-archive.ts';
import type { DatasetFormat } from '../../src/contract/dataset.ts';
import { type SlpContent, type SlpVideoSource, writeSlp } from './slp-file.ts';

type Files = Record<string, string | Uint8Array>;
type Point = [number, number] | null;

export interface MadeDataset {
  channels: 1 | 3;
  /** [H, W, C] of each frame. */
  pixels: Uint8Array[];
  pngs: Buffer[];
  /** Of each frame; null: hidden. */
  points: Point[][];
  edges: [number, number][];
}

export const SYMMETRIES: [number, number][] = [[1, 2]];
const FRAMES = 5;
/** Of the frames in a video; others lie between them. */
const frameIndex = (i: number) => 2 * i + 1;

export async function makeDataset(channels: 1 | 3): Promise<MadeDataset> {
  const times = Array.from({ length: FRAMES }, (_, i) => i * 1.37);
  const grays = await Promise.all(times.map(drawAt));
  const pixels = grays.map(gray =>
    channels === 1
      ? gray
      : Uint8Array.from({ length: 3 * gray.length }, (_, i) => (gray[Math.floor(i / 3)]! * (3 - (i % 3))) / 3),
  );
  const raw = { width: SIDE_PX, height: SIDE_PX, channels };
  return {
    channels,
    pixels,
    pngs: await Promise.all(pixels.map(data => sharp(data, { raw }).png().toBuffer())),
    points: times.map((seconds, i) =>
      // Quarters of a pixel are the same number in every text.
      keypointsAt(seconds).map(
        (xy, k): Point => (k === i ? null : [Math.round(4 * xy[0]) / 4, Math.round(4 * xy[1]) / 4]),
      ),
    ),
    edges: KEYPOINTS.flatMap((name, k): [number, number][] => {
      const parent = KEYPOINTS.indexOf(PARENTS[name] as (typeof KEYPOINTS)[number]);
      return parent === -1 ? [] : [[parent, k]];
    }),
  };
}

/** A dataset as it is sent: the bytes, and what tells how to read them. */
export interface SentDataset {
  name: string;
  format: DatasetFormat;
  bytes: Buffer;
  password?: string;
}

/** Each format once, in turn as 7z, zip and tar; SLEAP's also without an archive. @param folder for what is written on the way. @param names of the wanted ones; default: all. */
export async function everyFormat(
  made: MadeDataset,
  folder: string,
  names?: readonly string[],
): Promise<SentDataset[]> {
  const packed = async (name: string, format: DatasetFormat, files: Files, switches: string[] = []) => {
    const inside = join(folder, `${format}-${name}`);
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(inside, path)), { recursive: true });
      await writeFile(join(inside, path), content);
    }
    await packFolder(inside, join(folder, name), ['-mx1', ...switches]);
    return { name, format, bytes: await readFile(join(folder, name)) };
  };
  const compressed = async (name: string, format: DatasetFormat, files: Files) => {
    const { bytes } = await packed(`${format}.tar`, format, files);
    return packed(name, format, { 'dataset.tar': bytes });
  };
  const slp = async (name: string, content: Omit<SlpContent, 'keypoints' | 'edges' | 'symmetries' | 'frames'>) =>
    readFile(await writeSlp(join(folder, name), slpOf(made, content)));
  const images = Object.fromEntries(made.pngs.map((png, i) => [`img${i}.png`, png]));
  const embedded = (layout: 'padded' | 'joined'): SlpVideoSource => ({
    ...{ images: made.pngs, frameNumbers: made.pngs.map((_, i) => frameIndex(i)), layout, channelOrder: 'RGB' },
  });
  const shape: [number, number, number, number] = [FRAMES, SIDE_PX, SIDE_PX, made.channels];
  const raw = { raw: Buffer.concat(made.pixels), shape, frameNumbers: made.pngs.map((_, i) => frameIndex(i)) };
  const listed = { filenames: made.pngs.map((_, i) => `C:\\labels\\img${i}.png`) };
  const padded = () => slp('padded.pkg.slp', { videos: [embedded('padded')] });
  const bare = async (name: string, content: Parameters<typeof slp>[1]): Promise<SentDataset> => ({
    ...{ name, format: 'pkg_slp', bytes: await slp(name, content) },
  });
  const ways: Record<string, (name: string) => Promise<SentDataset>> = {
    'own.7z': name => packed(name, 'labels_csv', { 'labels.csv': labelsCsv(made), ...images }),
    'secret.7z': async name => ({
      ...(await packed(name, 'labels_csv', { 'data/labels.csv': labelsCsv(made, ';'), ...images }, [
        '-pwhite mouse',
        '-mhe=on',
      ])),
      password: 'white mouse',
    }),
    'lightning.zip': name =>
      packed(name, 'lightning_pose', {
        'CollectedData.csv': dlcCsv(made, i => `labeled-data/img${i}.png`),
        ...within('labeled-data', images),
      }),
    'deeplabcut.tar.gz': name => compressed(name, 'deeplabcut', deepLabCut(made, images)),
    'coco.tar.xz': name =>
      compressed(name, 'coco', { 'annotations/a.json': coco(made), ...within('images/train', images) }),
    'labels.zip': async name =>
      packed(name, 'slp', {
        'labels.slp': await slp('images.slp', { videos: [listed] }),
        ...within('pictures', images),
      }),
    'labels.tar': async name =>
      packed(name, 'slp', {
        'labels.slp': await slp('video.slp', { videos: [{ filename: '/home/me/mouse.mkv' }] }),
        'mouse.mkv': await video(made, folder),
      }),
    'padded.pkg.slp': async name => ({ name, format: 'pkg_slp', bytes: await padded() }),
    'joined.pkg.slp': name => bare(name, { videos: [embedded('joined')] }),
    'raw.pkg.slp': name => bare(name, { videos: [raw] }),
    'old.pkg.slp': name => bare(name, { formatId: 1, videos: [raw] }),
    'job.zip': async name =>
      packed(name, 'sleap_job', {
        'labels.pkg.slp': await padded(),
        'jobs.yaml': 'training: []\n',
        'train-script.sh': 'sleap-train',
      }),
  };
  const sent: SentDataset[] = [];
  for (const [name, make] of Object.entries(ways)) if (names?.includes(name) ?? true) sent.push(await make(name));
  return sent;
}

function within(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]));
}

/** With a semicolon the comma is the decimal point. */
function labelsCsv({ points }: MadeDataset, delimiter = ','): string {
  const rows = [
    ['Image path', ...KEYPOINTS.flatMap(name => [name, name])],
    ['', ...KEYPOINTS.flatMap(() => ['X', 'Y'])],
    ...points.map((frame, i) => [
      `img${i}.png`,
      ...cells(frame).map(cell => (delimiter === ',' ? cell : cell.replace('.', ','))),
    ]),
  ];
  return rows.map(row => `${row.join(delimiter)}\n`).join('');
}

function dlcCsv({ points }: MadeDataset, pathOf: (i: number) => string): string {
  const header = [
    ['scorer', ...KEYPOINTS.flatMap(() => ['me', 'me'])],
    ['bodyparts', ...KEYPOINTS.flatMap(name => [name, name])],
    ['coords', ...KEYPOINTS.flatMap(() => ['x', 'y'])],
  ];
  return [...header, ...points.map((frame, i) => [pathOf(i), ...cells(frame)])]
    .map(row => `${row.join(',')}\n`)
    .join('');
}

function deepLabCut(made: MadeDataset, images: Files): Files {
  const bones = made.edges.map(([parent, child]) => `  - [${KEYPOINTS[parent]}, ${KEYPOINTS[child]}]`);
  return {
    'mouse-me-2026/config.yaml': `Task: mouse\nscorer: me\nmultianimalproject: false\nbodyparts: [${KEYPOINTS}]\nskeleton:\n${bones.join('\n')}\n`,
    'mouse-me-2026/labeled-data/day1/CollectedData_me.csv': dlcCsv(made, i => `labeled-data\\day1\\img${i}.png`),
    ...within('mouse-me-2026/labeled-data/day1', images),
  };
}

function coco({ points, edges }: MadeDataset): string {
  return JSON.stringify({
    images: points.map((_, i) => ({ id: 10 + i, file_name: `img${i}.png`, width: SIDE_PX, height: SIDE_PX })),
    annotations: points.map((frame, i) => ({
      ...{ id: i, image_id: 10 + i, category_id: 1 },
      keypoints: frame.flatMap(point => (point ? [...point, 2] : [0, 0, 0])),
    })),
    categories: [{ id: 1, name: 'mouse', keypoints: KEYPOINTS, skeleton: edges.map(pair => pair.map(k => k + 1)) }],
  });
}

function slpOf({ points, edges }: MadeDataset, content: Omit<SlpContent, 'frames'>): SlpContent {
  const isList = content.videos.some(source => 'filenames' in source);
  // Format 1.0 counts from the corner of the pixel.
  const shift = content.formatId === 1 ? 0.5 : 0;
  return {
    ...{ ...content, keypoints: [...KEYPOINTS], edges, symmetries: SYMMETRIES },
    frames: points.map((frame, i) => ({
      index: isList ? i : frameIndex(i),
      instances: [{ points: frame.map(point => point && [point[0] + shift, point[1] + shift]) }],
    })),
  };
}

/** Every second frame is a labelled one; the others are black. */
async function video({ pixels, channels }: MadeDataset, folder: string): Promise<Buffer> {
  const black = new Uint8Array(pixels[0]!.length);
  const path = join(folder, 'mouse.mkv');
  const options = channels === 1 ? ['-pix_fmt', 'gray'] : ['-pix_fmt', 'gbrp'];
  const frames = pixels.flatMap(frame => [black, frame]);
  await encodeVideo(path, { widthPx: SIDE_PX, heightPx: SIDE_PX, fps: 10, codec: 'ffv1', frames, options });
  return readFile(path);
}

function cells(frame: readonly Point[]): string[] {
  return frame.flatMap(point => (point ? point.map(String) : ['', '']));
}
