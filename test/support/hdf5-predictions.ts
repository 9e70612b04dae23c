/** Predictions in memory, drawn by fast-check: runs with gaps and steps between their frames, keypoints and whole frames that were not found. */
import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import type { File } from 'h5wasm';
import { expect } from 'vitest';
import { withHdf5File } from '../../gpu-worker/model/hdf5-file.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import { Chunk } from '../../src/exports/chunk.ts';
import type { ExportFile } from '../../src/exports/export-file.ts';
import type { Predictions, StoredRun } from '../../src/exports/predictions.ts';

/** [x, y, score] of each keypoint. */
type FramePoints = [number, number, number][];

export interface MadePredictions {
  predictions: Predictions;
  /** What is stored, by frame. */
  stored: Map<number, FramePoints>;
  /** Frames in which anything was found, ascending. */
  found: number[];
  /** Calls of read so far. */
  reads: StoredRun[];
}

export interface RunShape {
  /** Frames left out before the run. */
  gap: number;
  frames: number;
  step: number;
}

const VIDEO = { widthPx: 640, heightPx: 480, fps: 25, codec: 'h264', rotationDegrees: 0, variableRate: false };
/** Numbers as a generator draws them, for frames as many as a test wants. */
const noise = (seed: number) => Math.abs(Math.sin(seed) * 1e4) % 1;

export function makePredictions(skeleton: Skeleton, shapes: readonly RunShape[], missing = 0.3): MadePredictions {
  const keypoints = skeleton.keypoints.length;
  const stored = new Map<number, FramePoints>();
  const runs: StoredRun[] = [];
  let next = 0;
  for (const { gap, frames, step } of shapes) {
    const run = { firstFrame: next + gap, frames, step, found: 0 };
    for (let i = 0; i < frames; i++) {
      const frame = run.firstFrame + i * step;
      const gone = noise(frame) < missing / 2;
      const points = skeleton.keypoints.map((_, k): [number, number, number] => {
        const seed = frame * 97 + k;
        const score = Math.fround(noise(seed));
        return gone || score < missing / 2
          ? [Number.NaN, Number.NaN, score]
          : [Math.fround(640 * noise(seed + 0.5)), Math.fround(480 * noise(seed + 0.25)), score];
      });
      if (points.some(([x]) => !Number.isNaN(x))) run.found++;
      stored.set(frame, points);
    }
    runs.push(run);
    next = run.firstFrame + (frames - 1) * step + 1;
  }
  const reads: StoredRun[] = [];
  const predictions: Predictions = {
    ...{ resultsId: 7, modelUid: '0d9c1f0e-4f52-4a3b-9a77-d2ad1c3f5b10', state: 'succeeded', fileName: 'Käfig 3.mp4' },
    ...{ video: { ...VIDEO, frames: next }, skeleton, inferenceConfig: { peak_threshold: 0.2, frames: null } },
    ...{ createdAt: new Date('2026-11-29T12:00:00Z'), runs },
    read: async run => {
      reads.push(run);
      const frames = Array.from({ length: run.frames }, (_, i) => stored.get(run.firstFrame + i * run.step)!);
      const points = new Uint8Array(new Float32Array(frames.flat(2)).buffer);
      return new Chunk(run, { points, times: null }, keypoints);
    },
  };
  const found = [...stored.keys()].filter(frame => stored.get(frame)!.some(([x]) => !Number.isNaN(x)));
  return { predictions, stored, found, reads };
}

/** A keypoint each for K names; edges from each to the next. */
export function chainSkeleton(keypoints: number): Skeleton {
  const names = Array.from({ length: keypoints }, (_, k) => ['Näse', '__proto__', '左耳'][k] ?? `keypoint ${k}`);
  return { keypoints: names, edges: names.slice(1).map((_, k): [number, number] => [k, k + 1]) };
}

const anyRun: fc.Arbitrary<RunShape> = fc.record({
  gap: fc.integer({ min: 0, max: 40 }),
  frames: fc.integer({ min: 1, max: 30 }),
  step: fc.integer({ min: 1, max: 4 }),
});

export const anyPredictions: fc.Arbitrary<MadePredictions> = fc
  .tuple(fc.constantFrom(1, 2, 3, 5), fc.array(anyRun, { maxLength: 6 }), fc.constantFrom(0, 0.3, 0.9, 2))
  .map(([keypoints, shapes, missing]) => makePredictions(chainSkeleton(keypoints), shapes, missing));

export async function bytesOf(file: ExportFile, range?: { first: number; last: number }): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of file.pieces(range)) pieces.push(piece.slice());
  return new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

/** Writes the file, checks that its size was known before, and opens it with the HDF5 library. @param path where it may lie. */
export async function openExport<T>(path: string, exported: ExportFile, use: (file: File) => T): Promise<T> {
  const bytes = await bytesOf(exported);
  expect(bytes.length).toBe(exported.sizeBytes);
  await writeFile(path, bytes);
  return withHdf5File(path, 'r', use);
}
