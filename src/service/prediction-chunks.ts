/**
 * Stored predictions in the order of their frames, a chunk at a time: whoever sends them on needs the memory of one chunk.
 * Chunks never overlap, so the order of their first frames is the order of all. Those that are stored meanwhile behind the last one read come too.
 */
import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { predictionChunks } from '../db/schema.ts';
import type { ServiceContext } from './context.ts';

/** Coordinates are rounded to 1e-4 px: float32 carries no more at the sizes of a video. Scores as well. */
const DECIMALS = 1e4;

/** One keypoint of a frame; x and y are NaN where no peak was found. */
interface Point {
  x: number;
  y: number;
  score: number;
}

export class Chunk {
  /** Frame numbers, counted from 0. */
  readonly frames: number[];
  readonly #keypoints: number;
  readonly #points: Float32Array;
  readonly #times: Float64Array | null;

  constructor(row: typeof predictionChunks.$inferSelect, keypoints: number) {
    this.frames = Array.from({ length: row.frames }, (_, i) => row.firstFrame + i * row.step);
    this.#keypoints = keypoints;
    // Copies, because typed arrays must begin at a multiple of their elements' size.
    this.#points = new Float32Array(new Uint8Array(row.points).buffer);
    this.#times = row.times && new Float64Array(new Uint8Array(row.times).buffer);
  }

  /** @param index into `frames`; @param keypoint its channel. */
  point(index: number, keypoint: number): Point {
    const at = (index * this.#keypoints + keypoint) * NUMBERS_PER_POINT;
    return { x: this.#points[at]!, y: this.#points[at + 1]!, score: this.#points[at + 2]! };
  }

  /** Seconds since the start of the video; null: not known. */
  time(index: number): number | null {
    return this.#times?.[index] ?? null;
  }
}

/** The chunks that hold a frame behind `after`; the first may begin before it. @param keypoints of a frame. */
export async function* readChunks(
  ctx: ServiceContext,
  { inferenceId, keypoints, after = -1 }: { inferenceId: number; keypoints: number; after?: number },
): AsyncGenerator<Chunk> {
  const { firstFrame, frames, step } = predictionChunks;
  for (let beginsBehind = -1; ; ) {
    const [row] = await ctx.client.db
      .select()
      .from(predictionChunks)
      .where(
        and(
          eq(predictionChunks.inferenceId, inferenceId),
          gt(firstFrame, beginsBehind),
          sql`${firstFrame} + (${frames} - 1)::bigint * ${step} > ${after}`,
        ),
      )
      .orderBy(asc(firstFrame))
      .limit(1);
    if (!row) return;
    yield new Chunk(row, keypoints);
    beginsBehind = row.firstFrame;
  }
}

/** As JSON: rounded, null for NaN. */
export function rounded(value: number): string {
  return Number.isNaN(value) ? 'null' : String(Math.round(value * DECIMALS) / DECIMALS);
}
