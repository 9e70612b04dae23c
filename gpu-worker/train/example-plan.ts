/**
 * What a batch will show, before a pixel is touched: which frames, changed how, their keypoints where. A few numbers a frame, so it is
 * made on the main thread, and a pure function of the seed, the step and the place in the batch.
 */
import { type InputGeometry, rescale } from '../../src/contract/frame-geometry.ts';
import { changePoints, drawChange, type FrameAugmentation } from '../data/augment.ts';
import type { TrainingImages } from '../data/images.ts';
import { Random } from '../data/random.ts';
import type { PlannedFrame } from './example-drawing.ts';
import type { Targets } from './target-maps.ts';

export interface LabelledImages {
  images: Pick<TrainingImages, 'channels' | 'widthPx' | 'heightPx' | 'scaleOf' | 'stored'>;
  /** [K, 2] of each image, in its own pixels; NaN: not visible. */
  points: Float32Array[];
  geometry: InputGeometry;
  stride: number;
  sigma: number;
}

/** How a training's frames are changed at random. */
export interface Augmentation {
  config: FrameAugmentation;
  /** Keypoints that a mirror exchanges. */
  flipPairs: readonly (readonly [number, number])[];
  seed: number;
}

export function targetsOf({ points, geometry, stride, sigma }: LabelledImages): Targets {
  const { heightPx, widthPx } = geometry;
  return { geometry: { heightPx, widthPx, stride, sigma }, keypoints: points[0]!.length / 2 };
}

/**
 * @param frames of the batch, in its order.
 * @param augmentation null: as they are, whatever the step.
 */
export function planBatch(
  { images, points, geometry }: LabelledImages,
  frames: readonly number[],
  augmentation: Augmentation | null,
  step: number,
): PlannedFrame[] {
  return frames.map((frame, place) => {
    const own = images.scaleOf(frame);
    let places: Float32Array = points[frame]!.map(px => rescale(px, own)); // in pixels of the common size
    let change: PlannedFrame['change'] = null;
    if (augmentation) {
      const { config, flipPairs, seed } = augmentation;
      change = drawChange(config, purpose => Random.of(seed, `augment ${step} ${place} ${purpose}`));
      places = changePoints(places, change, images, flipPairs);
    }
    const scaled = places.map((px, axis) => rescale(px, axis % 2 === 0 ? geometry.scaleX : geometry.scaleY));
    return { place, frame, change, points: scaled };
  });
}
