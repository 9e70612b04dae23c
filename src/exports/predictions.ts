/**
 * What a file of predictions is made from: what is known of an inference, which of its frames are stored, and a way to read them a run at a
 * time. The list of runs is taken once, when a file is opened, so that a file stays one file while further frames are stored.
 * Knows no database: service/predictions.ts makes one of it.
 */
import type { VideoInfo } from '../contract/inference.ts';
import type { Skeleton } from '../contract/pose.ts';
import type { TaskState } from '../contract/task.ts';
import type { Chunk } from './chunk.ts';

/** Frames stored together: `frames` of them, `step` apart. */
export interface StoredRun {
  firstFrame: number;
  frames: number;
  step: number;
  /** Of these frames, those in which at least one keypoint was found. */
  found: number;
}

export interface Predictions {
  resultsId: number;
  modelUid: string;
  state: TaskState;
  /** Of the video, as it was sent. */
  fileName: string;
  /** null: not read yet; then there are no runs either. */
  video: VideoInfo | null;
  skeleton: Skeleton;
  /** With every default filled in. */
  inferenceConfig: Record<string, unknown>;
  /** When the inference was submitted. */
  createdAt: Date;
  /** In the order of their frames, which never overlap. */
  runs: readonly StoredRun[];
  read(run: StoredRun): Promise<Chunk>;
}
