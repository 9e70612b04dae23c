/**
 * Files that SLEAP and sleap-io wrote, of formats 1.0 to 2.8: what is read of each is what Python's sleap-io 0.9.5 reads of it. The figures
 * were taken from there once. Sums are of the coordinates of all points, as 32-bit floats.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { answerSlp } from '../../gpu-worker/data/formats/slp-answer.ts';
import type { SlpLabels } from '../../gpu-worker/data/formats/slp-labels.ts';
import { readImage } from '../../gpu-worker/media/image.ts';
import { createCounter } from '../../gpu-worker/media/stall.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';
import { failure, slpDataset } from '../support/slp-dataset.ts';

const scratch = scratchFolder();
expectNoThreadsLeft();
const { read } = slpDataset(scratch.path);

const SLP = '../shared/data/fixtures/slp';
const VIDEOS = '../shared/data/videos';

/** Frames of the file, those with predictions only, labelled ones, those with several animals, keypoints, edges, symmetries, visible points, sum. */
type Figures = [number, number, number, number, number, number, number, number, number];
const READ: Record<string, Figures> = {
  'centered_pair_predictions.slp': [1100, 1100, 0, 0, 0, 0, 0, 0, 0],
  'clip.2node.slp': [1500, 0, 1500, 1500, 2, 1, 0, 3000, 2_687_124],
  'cropped_format_2_3.pkg.slp': [1, 0, 1, 1, 2, 1, 0, 2, 606.14],
  'imgvideo.slp': [0, 0, 0, 0, 0, 0, 0, 0, 0],
  'labels.v002.rel_paths.slp': [10, 5, 5, 4, 2, 1, 0, 10, 3820.62],
  'labels.v002.slp': [10, 5, 5, 4, 2, 1, 0, 10, 3820.62],
  'minimal_instance.pkg.slp': [1, 0, 1, 1, 2, 1, 0, 2, 606.14],
  'minimal_instance.slp': [1, 0, 1, 1, 2, 1, 0, 2, 606.14],
  'multiview.slp': [24, 0, 24, 18, 15, 14, 0, 275, 319_365.04],
  'predictions_1.2.7_provenance_and_tracking.slp': [101, 101, 0, 0, 0, 0, 0, 0, 0],
  'py_written_25_identity.slp': [2, 0, 2, 1, 2, 0, 0, 4, 26],
  'py_written_27_category.slp': [3, 0, 3, 0, 2, 0, 0, 6, 15],
  'py_written_28_multiview3d.slp': [2, 0, 2, 0, 2, 0, 0, 4, 360],
  'reduce.slp': [1, 0, 1, 1, 2, 1, 0, 2, 606.14],
  // sleap-io 0.9.5 itself stumbles over the list of names of its source; the points are those of minimal_instance.pkg.slp.
  'spilled_source_video.pkg.slp': [1, 0, 1, 1, 2, 1, 0, 2, 606.14],
  'test_grid_labels.legacy.slp': [1, 0, 1, 0, 3, 2, 0, 3, -4],
  'typical.slp': [1, 0, 1, 1, 2, 1, 0, 2, 606.14],
};

async function labelsOf(hostPath: string): Promise<SlpLabels> {
  const name = hostPath.slice(hostPath.lastIndexOf('/') + 1);
  return (await answerSlp({ hostPath, name, counter: createCounter() }, 'labels')) as SlpLabels;
}

function figuresOf({ skeleton, frames, counts }: SlpLabels): Figures {
  const visible = frames.points.filter(coordinate => !Number.isNaN(coordinate));
  const { keypoints, edges, symmetries } = skeleton ?? { keypoints: [], edges: [], symmetries: [] };
  return [
    ...[counts.frames, counts.predictedOnly, frames.index.length, counts.crowded],
    ...[keypoints.length, edges.length, symmetries!.length, visible.length / 2],
    visible.reduce((sum, coordinate) => sum + coordinate, 0),
  ] as Figures;
}

/** Copies files into the test's dataset. */
async function take(...hostPaths: string[]): Promise<void> {
  await mkdir(scratch.path('dataset'), { recursive: true });
  for (const path of hostPaths) copyFileSync(path, scratch.path('dataset', path.slice(path.lastIndexOf('/') + 1)));
}

/** Width, height, channels, and the sum of all levels. */
const IMAGES = [
  ['pkg_slp', 'centered_pair_low_quality.mp4, frame 0', 384, 384, 1, 754_996],
  ['pkg_slp', 'raw_images_top, frame 0', 384, 384, 1, 754_996],
  ['pkg_slp', 'centered_pair_low_quality.mp4, frame 0', 256, 192, 1, 685_686],
];

describe.skipIf(!existsSync(SLP))(`the files in ${SLP}`, () => {
  it.each(Object.entries(READ))('%s has the labels that sleap-io reads', async (name, expected) => {
    const figures = figuresOf(await labelsOf(`${SLP}/${name}`));
    expect(figures.slice(0, -1)).toEqual(expected.slice(0, -1));
    expect(Math.abs(figures.at(-1)! - expected.at(-1)!)).toBeLessThan(0.006);
  });

  it('a package without labels is refused', async () => {
    const answer = labelsOf(`${SLP}/vlen_multiframe.pkg.slp`);
    await expect(answer).rejects.toEqual(failure('labels_invalid', 'lacks the description'));
  });

  it('arrays in another HDF5 file are refused', async () => {
    await take(`${SLP}/test_grid_labels.legacy.slp`);
    const reading = read(null, {}, 'test_grid_labels.legacy.slp');
    await expect(reading).rejects.toEqual(failure('labels_invalid', 'arrays in the file "grid_2x2.h5"'));
  });

  it('packages give their images: SLEAP 1.3, a long description of the source, a cropped view', async () => {
    const packages = ['minimal_instance.pkg.slp', 'spilled_source_video.pkg.slp', 'cropped_format_2_3.pkg.slp'];
    await take(...packages.map(name => `${SLP}/${name}`));
    const seen: unknown[] = [];
    for (const name of packages) {
      const { format, frames } = await read(null, {}, name);
      const { widthPx, heightPx, channels, data } = await readImage(frames[0]!.imagePath, { maxSidePx: 8192 });
      const sum = data.reduce((total, level) => total + level, 0);
      seen.push([format, frames[0]!.imageName, widthPx, heightPx, channels, sum]);
    }
    expect(seen).toEqual(IMAGES);
  });
});

describe.skipIf(!existsSync(VIDEOS))(`labels with a video of ${VIDEOS}`, () => {
  it('of flies give the frames of the video', async () => {
    await take(`${SLP}/labels.v002.slp`, `${VIDEOS}/centered_pair_low_quality.mp4`);
    const { frames, warnings } = await read(null, {}, 'labels.v002.slp');
    const numbers = frames.map(({ imageName }) => imageName.replace('centered_pair_low_quality.mp4, frame ', ''));
    expect(numbers).toEqual(['0', '990', '440', '220', '770']);
    expect(warnings).toEqual([
      expect.stringContaining('5 frames of labels.v002.slp with predictions only'),
      expect.stringContaining('4 of 5 labelled frames of labels.v002.slp have several animals'),
    ]);
  });

  it('of 1350 frames with two flies are read in full', async () => {
    expect(figuresOf(await labelsOf(`${VIDEOS}/flies13-1024.slp`))).toEqual([
      ...[1350, 0, 1350, 1350, 13, 12, 5, 17_015],
      expect.closeTo(16_803_006.82, 1),
    ]);
  });
});
