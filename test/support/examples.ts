/** Batches without threads: what those of ExampleSource must equal. */
import { drawExample, numbersPerFrame } from '../../gpu-worker/train/example-drawing.ts';
import { type Augmentation, drawingOf, type LabelledImages, planBatch } from '../../gpu-worker/train/example-plan.ts';
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
  const drawing = drawingOf(source);
  const { pixels, maps } = numbersPerFrame(drawing);
  const memory = {
    pixels: new Uint8Array(frames.length * pixels),
    maps: new Float32Array(frames.length * maps),
  };
  for (const planned of planBatch(source, frames, augmentation, step)) await drawExample(drawing, planned, memory);
  return new Batch(source, frames.length, memory);
}
