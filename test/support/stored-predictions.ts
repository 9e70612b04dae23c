/** Predictions without a database, for tests of the files that are made from them. */
import { NUMBERS_PER_POINT, type Skeleton } from '../../src/contract/pose.ts';
import { Chunk } from '../../src/exports/chunk.ts';
import type { ExportFile } from '../../src/exports/export-file.ts';
import { MeasuredFiles } from '../../src/exports/measured-files.ts';
import type { Predictions, StoredRun } from '../../src/exports/predictions.ts';
import { TextFile, type TextParts } from '../../src/exports/text-file.ts';

/** Frames stored together: x, y, score of each keypoint of each; NaN for what was not found. */
export interface GivenRun {
  firstFrame: number;
  step?: number;
  times?: number[];
  points: number[][];
}

export interface GivenPredictions extends Predictions {
  /** First frames of the runs that were read, in order. */
  reads: number[];
}

export const SKELETON: Skeleton = { keypoints: ['nose', 'tail'], edges: [[0, 1]] };

/** @param more what differs from a finished inference on `mouse 1.mp4`. */
export function predictionsOf(given: readonly GivenRun[], more: Partial<Predictions> = {}): GivenPredictions {
  const reads: number[] = [];
  const chunks = new Map<StoredRun, Chunk>();
  const skeleton = more.skeleton ?? SKELETON;
  for (const { firstFrame, step = 1, times, points } of given) {
    const run = { firstFrame, step, frames: points.length };
    const stored = {
      points: new Uint8Array(Float32Array.from(points.flat()).buffer),
      times: times ? new Uint8Array(Float64Array.from(times).buffer) : null,
    };
    const chunk = new Chunk(run, stored, skeleton.keypoints.length);
    chunks.set({ ...run, found: points.filter(isFound).length }, chunk);
  }
  return {
    ...{ resultsId: 12, modelUid: 'c5ddb46d-70fc-4f9a-bc41-715795df9008', state: 'succeeded', fileName: 'mouse 1.mp4' },
    video: {
      ...{ widthPx: 640, heightPx: 480, fps: 30, frames: 1000 },
      ...{ codec: 'h264', rotationDegrees: 0, variableRate: false },
    },
    skeleton,
    inferenceConfig: {},
    createdAt: new Date('2026-11-29T12:00:00Z'),
    runs: [...chunks.keys()],
    async read(run) {
      reads.push(run.firstFrame);
      return chunks.get(run)!;
    },
    ...more,
    reads,
  };
}

export function textFile(predictions: Predictions, parts: TextParts): TextFile {
  return new TextFile(predictions, parts, { etag: '"one"', files: new MeasuredFiles() });
}

export async function textOf(file: ExportFile, range?: { first: number; last: number }): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces(range)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function isFound(numbers: number[]): boolean {
  return numbers.some((x, i) => i % NUMBERS_PER_POINT === 0 && !Number.isNaN(x));
}
