/** Writes the demo's data as a lab would bring it: a 7z with labels.csv, skeleton.csv and images, and a video. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { drawAt, KEYPOINTS, keypointsAt, PARENTS, SIDE_PX } from './animal.ts';
import { encodeVideo } from './encode-video.ts';
import { packFolder } from './pack-archive.ts';

const FPS = 25;

/** @param frames labelled images, spread over a walk that ends before the video begins. @returns the archive's path. */
export async function writeDataset(folder: string, frames: number): Promise<string> {
  const images = join(folder, 'dataset');
  await mkdir(images);
  const rows = [
    ['Image path', ...KEYPOINTS.flatMap(name => [name, name])],
    ['', ...KEYPOINTS.flatMap(() => ['X', 'Y'])],
  ];
  for (let i = 0; i < frames; i++) {
    const seconds = -1000 + i * 1.37;
    const image = sharp(await drawAt(seconds), { raw: { width: SIDE_PX, height: SIDE_PX, channels: 1 } });
    await image.png().toFile(join(images, `img${i}.png`));
    rows.push([`img${i}.png`, ...keypointsAt(seconds).flatMap(point => point.map(px => px.toFixed(3)))]);
  }
  await writeFile(join(images, 'labels.csv'), rows.map(row => `${row.join(',')}\n`).join(''));
  const skeleton = [['Keypoint name', 'Parent name'], ...KEYPOINTS.map(name => [name, PARENTS[name] ?? ''])];
  await writeFile(join(images, 'skeleton.csv'), skeleton.map(row => `${row.join(',')}\n`).join(''));
  const archive = join(folder, 'demo.7z');
  await packFolder(images, archive);
  return archive;
}

/** @returns the video's path and the true keypoints of each frame. */
export async function writeVideo(folder: string, frames: number) {
  const truth = Array.from({ length: frames }, (_, frame) => keypointsAt(frame / FPS));
  async function* pictures() {
    for (let frame = 0; frame < frames; frame++) yield await drawAt(frame / FPS);
  }
  const path = join(folder, 'demo.mp4');
  await encodeVideo(path, { widthPx: SIDE_PX, heightPx: SIDE_PX, frames: pictures(), fps: FPS, codec: 'h264' });
  return { path, truth };
}
