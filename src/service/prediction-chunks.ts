/**
 * Stored predictions: which runs of frames there are, and the frames of one of them. Whoever sends them on reads a run at a time and needs the
 * memory of one. Runs never overlap, and what is stored stays as it is; while an inference runs, more of them come.
 */
import { and, asc, eq } from 'drizzle-orm';
import { predictionChunks } from '../db/schema.ts';
import { AppError } from '../errors.ts';
import { Chunk } from '../exports/chunk.ts';
import type { StoredRun } from '../exports/predictions.ts';
import type { ServiceContext } from './context.ts';

/**
 * All that are stored now, in the order of their frames; one light query. Versions before 0.2 did not store how many frames were found: these
 * are counted, and the count is kept.
 *
 * @param keypoints of a frame.
 */
export async function listRuns(ctx: ServiceContext, inferenceId: number, keypoints: number): Promise<StoredRun[]> {
  const { firstFrame, frames, step, found } = predictionChunks;
  const rows = await ctx.client.db
    .select({ firstFrame, frames, step, found })
    .from(predictionChunks)
    .where(eq(predictionChunks.inferenceId, inferenceId))
    .orderBy(asc(firstFrame));
  const runs: StoredRun[] = [];
  for (const row of rows)
    runs.push({ ...row, found: row.found ?? (await countFound(ctx, inferenceId, row, keypoints)) });
  return runs;
}

/** @param keypoints of a frame. @throws AppError not_found: the inference was removed meanwhile. */
export async function readRun(
  ctx: ServiceContext,
  inferenceId: number,
  run: Pick<StoredRun, 'firstFrame' | 'frames' | 'step'>,
  keypoints: number,
): Promise<Chunk> {
  const { points, times } = predictionChunks;
  const [row] = await ctx.client.db
    .select({ points, times })
    .from(predictionChunks)
    .where(isRun(inferenceId, run.firstFrame));
  if (!row) throw new AppError('not_found', `Inference ${inferenceId} does not exist any more.`);
  return new Chunk(run, row, keypoints);
}

async function countFound(
  ctx: ServiceContext,
  inferenceId: number,
  run: Pick<StoredRun, 'firstFrame' | 'frames' | 'step'>,
  keypoints: number,
): Promise<number> {
  const found = (await readRun(ctx, inferenceId, run, keypoints)).countFound();
  await ctx.client.db.update(predictionChunks).set({ found }).where(isRun(inferenceId, run.firstFrame));
  return found;
}

function isRun(inferenceId: number, firstFrame: number) {
  return and(eq(predictionChunks.inferenceId, inferenceId), eq(predictionChunks.firstFrame, firstFrame));
}
