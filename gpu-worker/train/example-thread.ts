/** The thread behind ExampleSource: draws its share of the frames of each batch into the batch's shared memory. */
import { workerData } from 'node:worker_threads';
import type { StoredImages } from '../data/stored-images.ts';
import { answerEach } from '../media/answer.ts';
import { drawExample, type PlannedFrame } from './example-drawing.ts';

/** What the threads are given. */
export interface ExampleJob {
  images: StoredImages;
  /** Batches to draw into, [B, H, W, C] levels. */
  slots: Uint8Array<SharedArrayBuffer>[];
}
/** What they are asked. */
export interface ExampleShare {
  /** Of the batch, its index in `slots`. */
  slot: number;
  frames: PlannedFrame[];
}

const { images, slots }: ExampleJob = workerData;
await answerEach<ExampleShare>(async ({ slot, frames }) => {
  for (const planned of frames) await drawExample(images, planned, slots[slot]!);
});
