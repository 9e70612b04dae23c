/** The thread behind ExampleSource: draws its share of the frames of each batch into the batch's shared memory. */
import { workerData } from 'node:worker_threads';
import { answerEach } from '../media/thread.ts';
import { type BatchMemory, type Drawing, drawExample, type PlannedFrame } from './example-drawing.ts';

/** What the threads are given. */
export interface ExampleJob {
  drawing: Drawing;
  /** Batches to draw into. */
  slots: BatchMemory<SharedArrayBuffer>[];
}
/** What they are asked. */
export interface ExampleShare {
  /** Of the batch, its index in `slots`. */
  slot: number;
  frames: PlannedFrame[];
}

const { drawing, slots }: ExampleJob = workerData;
await answerEach<ExampleShare>(async ({ slot, frames }) => {
  for (const planned of frames) await drawExample(drawing, planned, slots[slot]!);
});
