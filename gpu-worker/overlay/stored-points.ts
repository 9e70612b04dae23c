/**
 * The predictions of an inference, frame by frame in the video's order, read from the database a chunk at a time: memory does not grow
 * with the video. Frames that were not predicted, which lie between chunks or between the evenly spaced frames of one, have none.
 */
import { and, asc, eq, gt } from 'drizzle-orm';
import { NUMBERS_PER_POINT } from '../../src/contract/pose.ts';
import type { Database } from '../../src/db/client.ts';
import { predictionChunks } from '../../src/db/schema.ts';

type Chunk = typeof predictionChunks.$inferSelect;

export interface FramePoints {
  /** [K, 3]: x px, y px, score; NaN x and y where nothing was found. */
  points: Float32Array;
  /** Frames from one predicted frame to the next, here. */
  step: number;
}

export class StoredPoints {
  readonly #db: Database;
  readonly #inferenceId: number;
  readonly #numbersPerFrame: number;
  /** Chunks that reach to the frame asked for last, or beyond it. */
  #open: Chunk[] = [];
  /** The first one that begins after it; undefined: not read yet. */
  #next: Chunk | null | undefined;

  constructor(db: Database, inferenceId: number, keypoints: number) {
    this.#db = db;
    this.#inferenceId = inferenceId;
    this.#numbersPerFrame = keypoints * NUMBERS_PER_POINT;
  }

  /** The points of a frame; null where it was not predicted. Frames are asked for in ascending order. */
  async at(frame: number): Promise<FramePoints | null> {
    if (this.#next === undefined) this.#next = await this.#chunkAfter(-1);
    while (this.#next && this.#next.firstFrame <= frame) {
      this.#open.push(this.#next);
      this.#next = await this.#chunkAfter(this.#next.firstFrame);
    }
    this.#open = this.#open.filter(({ firstFrame, frames, step }) => firstFrame + (frames - 1) * step >= frame);
    const chunk = this.#open.find(({ firstFrame, step }) => (frame - firstFrame) % step === 0);
    return chunk ? { points: this.#slice(chunk, (frame - chunk.firstFrame) / chunk.step), step: chunk.step } : null;
  }

  /** A copy: bytes of the database begin at any address. */
  #slice({ points }: Chunk, row: number): Float32Array {
    const bytes = this.#numbersPerFrame * Float32Array.BYTES_PER_ELEMENT;
    return new Float32Array(Uint8Array.from(points.subarray(row * bytes, (row + 1) * bytes)).buffer);
  }

  async #chunkAfter(firstFrame: number): Promise<Chunk | null> {
    const [chunk] = await this.#db
      .select()
      .from(predictionChunks)
      .where(and(eq(predictionChunks.inferenceId, this.#inferenceId), gt(predictionChunks.firstFrame, firstFrame)))
      .orderBy(asc(predictionChunks.firstFrame))
      .limit(1);
    return chunk ?? null;
  }
}
