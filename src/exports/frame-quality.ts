/**
 * How far the predictions of each frame can be trusted, from one pass over all of them; 20 bytes a frame are kept.
 *
 * A keypoint that moves fast moves smoothly; one that was mistaken for another is somewhere else for a frame or two. So a jump is how far a
 * keypoint lies from the middle of where it was in the frames before and after, and a frame's jump is the largest of its keypoints. That
 * leaves fast animals alone, where a plain distance from frame to frame (DeepLabCut's outlier "jump") does not.
 */
import type { Chunk, Point } from './chunk.ts';
import type { Predictions } from './predictions.ts';

export interface FrameQuality {
  /** Frame numbers, ascending. */
  frames: Uint32Array;
  /** When each is shown, in seconds since the start of the video; NaN: not known. */
  times: Float64Array;
  /** Mean score of all keypoints of each frame; those that were not found count with the highest value of their map, 0 if there is none. */
  scores: Float32Array;
  /** Largest jump of a keypoint of each frame, in pixels; NaN where it has no neighbour on both sides. */
  jumpsPx: Float32Array;
}

export async function frameQuality(predictions: Predictions): Promise<FrameQuality> {
  const keypoints = predictions.skeleton.keypoints.length;
  const total = predictions.runs.reduce((sum, run) => sum + run.frames, 0);
  const frames = new Uint32Array(total);
  const times = new Float64Array(total);
  const scores = new Float32Array(total);
  const jumpsPx = new Float32Array(total).fill(Number.NaN);
  // The last two frames, to look back from the next one.
  let [before, last]: (Seen | null)[] = [null, null];
  let index = 0;
  for (const run of predictions.runs) {
    const chunk = await predictions.read(run);
    for (let i = 0; i < run.frames; i++, index++) {
      const seen = look(chunk, i, keypoints);
      frames[index] = seen.frame;
      times[index] = chunk.time(i) ?? Number.NaN;
      scores[index] = meanScore(seen.points);
      // Neighbours are evenly spaced, or they are none.
      const areNeighbours = before && last && last.frame - before.frame === seen.frame - last.frame;
      if (areNeighbours) jumpsPx[index - 1] = largestJump(before!.points, last!.points, seen.points);
      [before, last] = [last, seen];
    }
  }
  return { frames, times, scores, jumpsPx };
}

interface Seen {
  frame: number;
  points: Point[];
}

function look(chunk: Chunk, index: number, keypoints: number): Seen {
  return { frame: chunk.frames[index]!, points: Array.from({ length: keypoints }, (_, k) => chunk.point(index, k)) };
}

function meanScore(points: readonly Point[]): number {
  return points.reduce((sum, { score }) => sum + (Number.isNaN(score) ? 0 : score), 0) / points.length;
}

/** NaN where no keypoint was found in all three frames. */
function largestJump(before: readonly Point[], at: readonly Point[], after: readonly Point[]): number {
  let largest = Number.NaN;
  for (const [k, { x, y }] of at.entries()) {
    const jump = Math.hypot(x - (before[k]!.x + after[k]!.x) / 2, y - (before[k]!.y + after[k]!.y) / 2);
    if (!(jump <= largest) && !Number.isNaN(jump)) largest = jump;
  }
  return largest;
}
