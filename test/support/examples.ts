/** Batches without threads: what those of ExampleSource must equal. */
import { drawExample, levelsPerFrame } from '../../gpu-worker/train/example-drawing.ts';
import { type Augmentation, type LabelledImages, planBatch } from '../../gpu-worker/train/example-plan.ts';
import { Batch } from '../../gpu-worker/train/examples.ts';

/**
 * The batch of these frames, drawn on this thread.
 * @param augmentation null: as they are.
 * @param step the randomness is a function of the seed, the step and the place in the batch alone.
 */
export async function makeBatch(
  source: LabelledImages,
  frames: readonly number[],
  augmentation: Augmentation | null,
  step: number,
): Promise<Batch> {
  const { stored } = source.images;
  const levels = new Uint8Array(frames.length * levelsPerFrame(stored));
  const planned = planBatch(source, frames, augmentation, step);
  for (const frame of planned) await drawExample(stored, frame, levels);
  return new Batch(
    source,
    levels,
    planned.map(({ points }) => points),
  );
}
