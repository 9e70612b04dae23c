/**
 * A small .slp with chosen frames alone: SLEAP lists them as its suggestions, and what was predicted in them is there to be corrected.
 *
 * Its predictions are held in memory, so that the file has a size that is known before; it is meant for tens to thousands of frames.
 */
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { Chunk } from './chunk.ts';
import type { ExportFile } from './export-file.ts';
import type { Predictions, StoredRun } from './predictions.ts';
import { slpFile } from './slp.ts';

/** @param frames in the order in which they are to be suggested. @throws AppError invalid_request as slpFile does. */
export async function suggestedSlpFile(predictions: Predictions, frames: readonly number[]): Promise<ExportFile> {
  const chosen = new Set(frames);
  return slpFile(await predictionsOf(predictions, chosen), { suggestions: [...chosen] });
}

/** Those of `chosen` in which anything was found, each as a run of its own. */
async function predictionsOf(predictions: Predictions, chosen: ReadonlySet<number>): Promise<Predictions> {
  const keypoints = predictions.skeleton.keypoints.length;
  const chunks = new Map<StoredRun, Chunk>();
  for (const run of predictions.runs) {
    const last = run.firstFrame + (run.frames - 1) * run.step;
    if (![...chosen].some(frame => frame >= run.firstFrame && frame <= last)) continue;
    const chunk = await predictions.read(run);
    for (const [i, frame] of chunk.frames.entries()) {
      if (!chosen.has(frame) || !chunk.isFound(i)) continue;
      const kept = { firstFrame: frame, frames: 1, step: 1, found: 1 };
      chunks.set(kept, new Chunk(kept, { points: pointsOf(chunk, i, keypoints), times: null }, keypoints));
    }
  }
  return { ...predictions, runs: [...chunks.keys()], read: run => Promise.resolve(chunks.get(run)!) };
}

/** As Chunk takes them. */
function pointsOf(chunk: Chunk, index: number, keypoints: number): Uint8Array {
  const numbers = new Float32Array(keypoints * NUMBERS_PER_POINT);
  for (let k = 0; k < keypoints; k++) {
    const { x, y, score } = chunk.point(index, k);
    numbers.set([x, y, score], k * NUMBERS_PER_POINT);
  }
  return new Uint8Array(numbers.buffer);
}
