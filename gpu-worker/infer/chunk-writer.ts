/**
 * Stores predictions as they come: frames that follow one another become chunks, which are written together every two seconds, under the
 * task's lease. What is written is what a retry leaves out and what can be read meanwhile.
 *
 * A write is waited for: it holds the task's row, and where the CPU computes, a batch between two of its statements would keep a cancel waiting.
 * It takes some milliseconds, for which a GPU has a batch in hand.
 * Frames come from several places of the video where several decoders work; each place has a chunk that grows.
 */
import { asc, eq } from 'drizzle-orm';
import type { FrameRun } from '../../src/contract/frame-runs.ts';
import { NUMBERS_PER_POINT } from '../../src/contract/pose.ts';
import { predictionChunks } from '../../src/db/schema.ts';
import { withLease } from '../../src/queue/lease.ts';
import type { TaskContext } from '../task-context.ts';

/** Time between two writes: what a crash costs at most, beside the batch under way. */
const EVERY_MS = 2000;
/** Frames in one chunk at most; the API reads a chunk at a time. */
const MOST_FRAMES = 1024;

/** A frame on its way through the device. */
export interface FramePlace {
  index: number;
  timeSeconds: number;
}

interface Chunk {
  firstFrame: number;
  times: number[];
  /** [K, 3] each. */
  points: Float32Array[];
}

type ChunkContext = Pick<TaskContext, 'db' | 'task'>;

export class ChunkWriter {
  readonly #ctx: ChunkContext;
  readonly #step: number;
  #chunks: Chunk[] = [];
  #writtenAt = performance.now();

  /** @param step from one frame of a chunk to the next. */
  constructor(ctx: ChunkContext, step: number) {
    this.#ctx = ctx;
    this.#step = step;
  }

  /**
   * Takes the points of a batch, [B, K, 3], and writes what is due.
   * @throws AppError lease_lost, what the database throws.
   */
  async add(frames: readonly FramePlace[], points: Float32Array): Promise<void> {
    const numbers = points.length / frames.length;
    for (const [i, { index, timeSeconds }] of frames.entries()) {
      const chunk = this.#chunkFor(index);
      chunk.times.push(timeSeconds);
      chunk.points.push(points.subarray(i * numbers, (i + 1) * numbers));
    }
    const isDue = performance.now() - this.#writtenAt >= EVERY_MS;
    if (isDue || this.#chunks.some(({ times }) => times.length >= MOST_FRAMES)) await this.finish();
  }

  /** Writes what there is. @throws as add(). */
  async finish(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    if (chunks.length > 0) await this.#insert(chunks);
    this.#writtenAt = performance.now();
  }

  #chunkFor(index: number): Chunk {
    const grows = this.#chunks.find(({ firstFrame, times }) => firstFrame + times.length * this.#step === index);
    if (grows) return grows;
    const begun: Chunk = { firstFrame: index, times: [], points: [] };
    this.#chunks.push(begun);
    return begun;
  }

  async #insert(chunks: readonly Chunk[]): Promise<void> {
    const rows = chunks.map(({ firstFrame, times, points }) => ({
      inferenceId: this.#ctx.task.inferenceId!,
      firstFrame,
      frames: times.length,
      step: this.#step,
      times: bytesOf(Float64Array.from(times)),
      points: Buffer.concat(points.map(bytesOf)),
      found: points.filter(isFound).length,
    }));
    await withLease(this.#ctx.db, this.#ctx.task.lease, tx => tx.insert(predictionChunks).values(rows));
  }
}

/** The frames whose predictions are stored, in order. */
export async function storedRuns({ db, task }: ChunkContext): Promise<FrameRun[]> {
  const { firstFrame, frames, step } = predictionChunks;
  const rows = await db
    .select({ firstFrame, frames, step })
    .from(predictionChunks)
    .where(eq(predictionChunks.inferenceId, task.inferenceId!))
    .orderBy(asc(firstFrame));
  return rows.map(row => ({
    first: row.firstFrame,
    last: row.firstFrame + (row.frames - 1) * row.step,
    step: row.step,
  }));
}

/** Whether any keypoint of a frame, [K, 3], was found: where none was, x is NaN. */
function isFound(points: Float32Array): boolean {
  for (let at = 0; at < points.length; at += NUMBERS_PER_POINT) if (!Number.isNaN(points[at])) return true;
  return false;
}

/** Little-endian, as every machine this runs on has it. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
