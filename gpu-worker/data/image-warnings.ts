/** What a person should know of labels and their images before training on them; a check says it beforehand, a training in its warnings. */
import type { FrameSize } from '../../src/contract/frame-geometry.ts';
import type { LabelledDataset } from './formats/format.ts';
import { type OutsidePoint, outsidePoints } from './outside.ts';

type Labels = Pick<LabelledDataset, 'frames' | 'skeleton'>;

/** Labels outside their images, over all frames. @param sizes of each frame's image. */
export function allOutside({ frames }: Pick<LabelledDataset, 'frames'>, sizes: readonly FrameSize[]): OutsidePoint[] {
  return frames.flatMap(({ points }, i) => outsidePoints(points, sizes[i]!, i));
}

/** @param sizes of each frame's image. */
export function imageWarnings(dataset: Labels, sizes: readonly FrameSize[]): string[] {
  const warnings: string[] = [];
  if (dataset.frames.length === 1)
    warnings.push('There is only one labelled frame: it is used for training and for validation.');
  const widthPx = sizes.reduce((most, size) => Math.max(most, size.widthPx), 0);
  const heightPx = sizes.reduce((most, size) => Math.max(most, size.heightPx), 0);
  if (sizes.some(size => size.widthPx !== widthPx || size.heightPx !== heightPx))
    warnings.push(`The images differ in size: all are fitted into ${widthPx} × ${heightPx} pixels.`);
  const outside = allOutside(dataset, sizes);
  if (outside.length > 0) warnings.push(outsideWarning(outside, dataset, sizes));
  return warnings;
}

function outsideWarning(
  outside: readonly OutsidePoint[],
  { frames, skeleton }: Labels,
  sizes: readonly FrameSize[],
): string {
  const { frame, keypoint, x, y } = outside[0]!;
  const { widthPx, heightPx } = sizes[frame]!;
  const label = `"${skeleton.keypoints[keypoint]}" at ${Math.round(x)}, ${Math.round(y)}`;
  const count = outside.length === 1 ? 'One label lies' : `${outside.length} labels lie`;
  return (
    `${count} outside the image, such as ${label} in "${frames[frame]!.imageName}", which has ${widthPx} × ${heightPx} pixels. ` +
    'Were they made on images of another size?'
  );
}
