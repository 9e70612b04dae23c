/** The report of a check from what was read: counts and names, with sentences for what a person should look at. */
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import type { FrameSize } from '../../src/contract/frame-geometry.ts';
import type { LabelledDataset } from '../data/formats/format.ts';
import { allOutside, imageWarnings } from '../data/image-warnings.ts';
import type { Inspection } from './inspect.ts';

const MOST_EXAMPLES = 20;
/** Of 255: an image that never gets brighter shows nothing to a person; 12-bit cameras in 16-bit files end at 15. */
const DARK_LEVEL = 31;

/** All but the samples. */
export function reportOn(dataset: LabelledDataset, inspection: Inspection): Omit<DatasetReport, 'samples'> {
  const { format, labelFiles, frames, namedFrames, skeleton } = dataset;
  const { sizes, channels, duplicates } = inspection;
  const outside = allOutside(dataset, sizes);
  const { keypoints, edges, symmetries } = skeleton;
  const named = (pairs: readonly [number, number][]) =>
    pairs.map(([a, b]): [string, string] => [keypoints[a]!, keypoints[b]!]);
  const visible = keypoints.map((_, k) => frames.filter(({ points }) => !Number.isNaN(points[2 * k]!)).length);
  return {
    format,
    label_files: labelFiles,
    frames: namedFrames,
    labelled_frames: frames.length,
    sizes: countSizes(sizes),
    channels,
    keypoints: keypoints.map((name, k) => ({ name, visible: visible[k]! })),
    edges: named(edges),
    symmetries: symmetries ? named(symmetries) : null,
    videos: countVideos(dataset),
    duplicates: duplicates.slice(0, MOST_EXAMPLES).map(group => group.map(i => frames[i]!.imageName)),
    duplicate_frames: duplicates.reduce((sum, group) => sum + group.length - 1, 0),
    outside: {
      points: outside.length,
      examples: outside.slice(0, MOST_EXAMPLES).map(({ frame, keypoint, x, y }) => {
        const { widthPx, heightPx } = sizes[frame]!;
        const [image, name] = [frames[frame]!.imageName, keypoints[keypoint]!];
        return { image, keypoint: name, x, y, width_px: widthPx, height_px: heightPx };
      }),
    },
    warnings: [...dataset.warnings, ...furtherWarnings(dataset, inspection)],
  };
}

function countSizes(sizes: readonly FrameSize[]): DatasetReport['sizes'] {
  const counts = new Map<string, DatasetReport['sizes'][number]>();
  for (const { widthPx, heightPx } of sizes) {
    const key = `${widthPx} ${heightPx}`;
    const { frames } = counts.get(key) ?? { frames: 0 };
    counts.set(key, { width_px: widthPx, height_px: heightPx, frames: frames + 1 });
  }
  return [...counts.values()].sort((a, b) => b.frames - a.frames);
}

function countVideos({ frames }: LabelledDataset): DatasetReport['videos'] {
  const counts = new Map<string, number>();
  for (const { videoName } of frames) counts.set(videoName, (counts.get(videoName) ?? 0) + 1);
  return [...counts].map(([name, labelled_frames]) => ({ name, labelled_frames }));
}

function furtherWarnings(dataset: LabelledDataset, { sizes, duplicates, highestLevel }: Inspection): string[] {
  const warnings = imageWarnings(dataset, sizes);
  const [group] = duplicates;
  if (group) {
    const again = duplicates.reduce((sum, { length }) => sum + length - 1, 0);
    const names = group.slice(0, 2).map(i => `"${dataset.frames[i]!.imageName}"`);
    warnings.push(
      `${again} labelled frame${again === 1 ? '' : 's'} show${again === 1 ? 's' : ''} what another one shows already, such as ${names.join(' and ')}: ` +
        'the same picture in training and in validation makes the validation look better than it is.',
    );
  }
  if (highestLevel <= DARK_LEVEL)
    warnings.push(
      `The images are nearly black: their highest level is ${highestLevel} of 255. Images of 12 bits stored in 16 should be brightened first.`,
    );
  return warnings;
}
