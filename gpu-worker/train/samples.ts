/**
 * A few validation frames that people can watch a training by: each is stored once, with its picture and its labels, and after every epoch
 * what the new weights find in it. That is taken from the validation, which looks at every frame anyway: no frame is predicted for it.
 *
 * Which frames they are follows from the split and the labels alone, so that a training that goes on elsewhere goes on with the same.
 */
import { withoutNul } from '../../src/queue/log.ts';
import { readImage } from '../media/image.ts';
import { pictureOf } from '../media/picture.ts';
import { breathe, leaveIfAsked, type TaskContext } from '../task-context.ts';
import type { Labelled } from './metrics.ts';
import { hasSampleFrames, recordSampleFrames, type SampleFrame } from './record.ts';
import type { Training } from './training.ts';

const MOST_SAMPLES = 6;
/** A photograph with hardly a trace of JPEG, in a tenth of what PNG takes. */
const QUALITY = 85;

/**
 * Frames to show, spread over the split: of each stretch of it the one with the most keypoints labelled, the first of several.
 * @param validation frame indices; @param points [K, 2] of each frame, NaN: not visible.
 * @returns their places in `validation`, ascending.
 */
export function chooseSamples(validation: readonly number[], points: readonly Float32Array[]): number[] {
  const count = Math.min(MOST_SAMPLES, validation.length);
  const visible = validation.map(frame => points[frame]!.filter((x, i) => i % 2 === 0 && !Number.isNaN(x)).length);
  return Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * validation.length) / count);
    const stretch = visible.slice(begin, Math.floor(((i + 1) * validation.length) / count));
    const most = stretch.reduce((a, b) => Math.max(a, b));
    return begin + stretch.indexOf(most);
  });
}

/**
 * Stores the frames, unless an attempt before this one did.
 * @param names of the labelled images.
 * @returns their places in the validation split. @throws AppError image_invalid; lease_lost; Interrupted.
 */
export async function storeSamples(
  ctx: TaskContext,
  { split, labelled }: Pick<Training, 'split' | 'labelled'>,
  names: readonly string[],
): Promise<number[]> {
  const places = chooseSamples(split.validation, labelled.points);
  if (places.length === 0 || (await hasSampleFrames(ctx))) return places;
  const { paths, maxSidePx } = labelled.images.stored;
  const frames: SampleFrame[] = [];
  for (const place of places) {
    const frame = split.validation[place]!;
    const image = await readImage(paths[frame]!, { maxSidePx });
    const { pixels, widthPx: pictureWidthPx, heightPx: pictureHeightPx } = pictureOf(image);
    const { widthPx, heightPx } = image;
    const picture = await pixels.jpeg({ quality: QUALITY }).toBuffer();
    const truth = new Uint8Array(Float32Array.from(labelled.points[frame]!).buffer);
    const name = withoutNul(names[frame]!);
    frames.push({ name, widthPx, heightPx, truth, picture, pictureWidthPx, pictureHeightPx });
    leaveIfAsked(ctx);
    await breathe();
  }
  await recordSampleFrames(ctx, frames);
  return places;
}

/**
 * What an epoch found in the frames at these places of the validation split.
 * @returns [frames, K, 3]: x px, y px of the original image, score; NaN x and y: no peak.
 */
export function samplePoints(results: readonly Labelled[], places: readonly number[]): Float32Array {
  return Float32Array.from(places.flatMap(place => [...results[place]!.predicted]));
}
