/** A lab's data in miniature, written to disk: labelled pictures of the demo's animal, packed as the labelling tool packs them. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { drawAt, KEYPOINTS, keypointsAt, SIDE_PX } from '../../demo/animal.ts';
import { convertVideo, encodeVideo } from '../../demo/encode-video.ts';
import { packFolder } from '../../demo/pack-archive.ts';
import type { TrainingConfigInput } from '../../src/contract/training.ts';

/** The smallest network that still learns something: a step takes some 30 ms on two cores. */
export const TINY: TrainingConfigInput = {
  test_fraction: 0.25,
  num_epochs: 3,
  learning_rate: 1e-3,
  backbone_model: 'unet',
  heads_sigma: 1.5,
  heads_output_stride: 4,
  backbone_config: { filters: 4, filters_rate: 1, max_stride: 4, up_interpolate: true },
  input_scaling: 0.5,
  batch_size: 2,
  batches_per_epoch: 3,
  seed: 3,
};

export interface DatasetChange {
  frames?: number;
  /** Files to write beside or over the usual ones; null leaves a file out. */
  files?: Record<string, string | Uint8Array | null>;
}

/** @returns the archive's bytes. */
export async function packDataset(change: DatasetChange = {}): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-data-'));
  try {
    const inside = join(folder, 'in');
    await writeDataset(inside, change);
    await packFolder(inside, join(folder, 'data.7z'));
    return await readFile(join(folder, 'data.7z'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The same as a folder that is not packed. */
export async function writeDataset(folder: string, { frames = 8, files = {} }: DatasetChange = {}): Promise<void> {
  await mkdir(folder);
  const content: Record<string, string | Uint8Array | null> = { 'labels.csv': labelsCsv(frames), ...files };
  for (let i = 0; i < frames; i++) {
    const raw = { width: SIDE_PX, height: SIDE_PX, channels: 1 } as const;
    content[`img${i}.jpg`] ??= await sharp(await drawAt(i * 1.37), { raw })
      .jpeg()
      .toBuffer();
    if (files[`img${i}.jpg`] === null) content[`img${i}.jpg`] = null;
  }
  for (const [name, bytes] of Object.entries(content)) if (bytes !== null) await writeFile(join(folder, name), bytes);
}

/** @param cell may change or empty the cell of a coordinate. */
export function labelsCsv(
  frames: number,
  cell = (px: number, _frame: number, _keypoint: number) => px.toFixed(2),
): string {
  const head = [
    `Image path,${KEYPOINTS.flatMap(name => [name, name]).join(',')}`,
    `,${KEYPOINTS.map(() => 'X,Y').join(',')}`,
  ];
  const rows = Array.from({ length: frames }, (_, i) => {
    const cells = keypointsAt(i * 1.37).flatMap((point, k) => point.map(px => cell(px, i, k)));
    return `img${i}.jpg,${cells.join(',')}`;
  });
  return `${[...head, ...rows].join('\n')}\n`;
}

/** @returns the bytes of an H.264 video in MP4 of the animal, 10 frames a second. @param options further ones of ffmpeg. */
export async function filmAnimal(frames: number, options: string[] = []): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-film-'));
  try {
    const path = join(folder, 'v.mp4');
    const pictures = await Promise.all(Array.from({ length: frames }, (_, i) => drawAt(i / 10)));
    const format = { widthPx: SIDE_PX, heightPx: SIDE_PX, fps: 10, codec: 'h264' } as const;
    await encodeVideo(path, { ...format, frames: pictures, options });
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The mp4 `times` times behind itself, not encoded again. */
export async function repeated(mp4: Buffer, times: number): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sleap-test-film-'));
  try {
    const [once, all] = [join(folder, 'once.mp4'), join(folder, 'all.mp4')];
    await writeFile(once, mp4);
    await convertVideo(once, all, ['-c', 'copy'], ['-stream_loop', `${times - 1}`]);
    return await readFile(all);
  } finally {
    await rm(folder, { recursive: true });
  }
}
