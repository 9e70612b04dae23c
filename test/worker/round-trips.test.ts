/** The same labelled frames, sent in every format: the same pixels and points reach the training. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { KEYPOINTS } from '../../demo/animal.ts';
import { readDataset } from '../../gpu-worker/data/formats/read-dataset.ts';
import { TrainingImages } from '../../gpu-worker/data/images.ts';
import { readStored } from '../../gpu-worker/data/stored-images.ts';
import { isHdf5 } from '../../gpu-worker/media/first-bytes.ts';
import { unpackArchive } from '../../gpu-worker/media/unpack.ts';
import {
  everyFormat,
  type MadeDataset,
  makeDataset,
  type SentDataset,
  SYMMETRIES,
} from '../support/dataset-formats.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();

/** As a training reads it, but for the database. */
async function read({ name, bytes, password }: SentDataset) {
  const [archive, folder, framesDir] = ['archive', 'dataset', 'frames'].map(part =>
    scratch.path('read', name, part),
  ) as [string, string, string];
  await mkdir(folder, { recursive: true });
  await mkdir(framesDir);
  await writeFile(archive, bytes);
  const bare = await isHdf5(archive);
  if (bare) await rename(archive, `${folder}/dataset.slp`);
  const files = bare
    ? [{ path: 'dataset.slp', sizeBytes: bytes.length }]
    : await unpackArchive(archive, folder, { maxBytes: 1e8, maxEntries: 100, ...(password && { password }) });
  const dataset = await readDataset({ folder, files }, {}, { framesDir, maxFramesBytes: 1e8, maxSidePx: 4096 });
  const images = await TrainingImages.open(
    dataset.frames.map(({ imagePath }) => imagePath),
    { cacheBytes: 0, maxSidePx: 4096, onRead: () => {} },
  );
  const pixels = await Promise.all(dataset.frames.map((_, i) => readStored(images.stored, i)));
  return { dataset, channels: images.channels, digests: pixels.map(sha256) };
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

function expected({ channels, pixels, points }: MadeDataset) {
  return {
    channels,
    digests: pixels.map(sha256),
    points: points.map(frame => Float32Array.from(frame.flatMap(point => point ?? [Number.NaN, Number.NaN]))),
  };
}

/** Each way in which pixels are stored, once: images, a video, images within HDF5, bare numbers within it. */
const WAYS_OF_PIXELS = ['own.7z', 'labels.tar', 'padded.pkg.slp', 'raw.pkg.slp'];

test.each([
  [12, 1, undefined],
  [4, 3, WAYS_OF_PIXELS],
] as const)(
  '%i ways to send one dataset of %i channels are the same training frames',
  async (ways, channels, names) => {
    const made = await makeDataset(channels);
    const sent = await everyFormat(made, scratch.path(), names);
    expect(sent).toHaveLength(ways);
    for (const each of sent) {
      const { dataset, ...seen } = await read(each);
      const points = dataset.frames.map(frame => frame.points);
      expect({ ...seen, points }, each.name).toEqual(expected(made));
      expect(dataset.format, each.name).toBe(each.format);
      expect(dataset.skeleton.keypoints, each.name).toEqual([...KEYPOINTS]);
      if (!['labels_csv', 'lightning_pose'].includes(each.format))
        expect(dataset.skeleton.edges, each.name).toEqual(made.edges);
      if (each.format.includes('slp')) expect(dataset.skeleton.symmetries, each.name).toEqual(SYMMETRIES);
      // A path of another machine is nothing to warn of; a keypoint is hidden once in each frame.
      expect(dataset.warnings, each.name).toEqual([]);
    }
  },
  60_000,
);
