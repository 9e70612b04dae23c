/**
 * Inference results in the shape of the first service: one object a video, keyed by frame, then by keypoint.
 * The text is made chunk by chunk as it is sent, so a video of any length needs the memory of one chunk.
 */
import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { inferences, models, predictionChunks, tasks } from '../db/schema.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';

/** Coordinates are rounded to 1e-4 px: float32 carries no more at the sizes of a video. */
const DECIMALS = 1e4;

/**
 * The JSON text of `GET /api/inference-results`, in pieces: an array in the order of `ids`.
 * `keypoints` is null until the inference has succeeded. @throws AppError not_found, before the first piece, naming the unknown ids.
 */
export async function inferenceResults(ctx: ServiceContext, ids: number[]): Promise<AsyncIterable<string>> {
  const rows = await ctx.client.db
    .select({
      id: inferences.id,
      taskId: tasks.id,
      state: tasks.state,
      progress: tasks.progress,
      warnings: tasks.warnings,
      error: tasks.error,
      skeleton: models.skeleton,
    })
    .from(inferences)
    .innerJoin(tasks, eq(tasks.inferenceId, inferences.id))
    .innerJoin(models, eq(models.uid, inferences.modelUid))
    .where(inArray(inferences.id, ids));
  const byId = new Map(rows.map(row => [row.id, row]));
  const unknown = ids.filter(id => !byId.has(id));
  if (unknown.length > 0) throw new AppError('not_found', `Unknown results id: ${unknown.join(', ')}.`);

  async function* pieces(): AsyncGenerator<string> {
    yield '[';
    for (const [i, id] of ids.entries()) {
      const { skeleton, taskId, state, progress, warnings, error } = byId.get(id)!;
      yield `${i > 0 ? ',' : ''}{"id":${id},"keypoints":`;
      if (state === 'succeeded') yield* frames(ctx, id, skeleton!.keypoints);
      else yield 'null';
      const rest = JSON.stringify({ task_id: taskId, state, progress, warnings, error });
      yield `,${rest.slice(1)}`;
    }
    yield ']';
  }
  return pieces();
}

async function* frames(ctx: ServiceContext, id: number, keypoints: string[]): AsyncGenerator<string> {
  yield '{';
  for (let after = -1; ; ) {
    const [chunk] = await ctx.client.db
      .select()
      .from(predictionChunks)
      .where(and(eq(predictionChunks.inferenceId, id), gt(predictionChunks.firstFrame, after)))
      .orderBy(asc(predictionChunks.firstFrame))
      .limit(1);
    if (!chunk) break;
    yield (after >= 0 ? ',' : '') + framesText(chunk, keypoints);
    after = chunk.firstFrame;
  }
  yield '}';
}

function framesText(chunk: typeof predictionChunks.$inferSelect, keypoints: string[]): string {
  const names = keypoints.map(name => JSON.stringify(name));
  // A copy, because a Float32Array must begin at a multiple of four bytes.
  const points = new Float32Array(new Uint8Array(chunk.points).buffer);
  const texts: string[] = [];
  for (let frame = 0; frame < chunk.frames; frame++) {
    const fields = names.map((name, k) => {
      const at = (frame * names.length + k) * NUMBERS_PER_POINT;
      return `${name}:[${coordinate(points[at]!)},${coordinate(points[at + 1]!)}]`;
    });
    texts.push(`"${chunk.firstFrame + frame}":{${fields.join(',')}}`);
  }
  return texts.join(',');
}

function coordinate(px: number): string {
  return Number.isNaN(px) ? 'null' : String(Math.round(px * DECIMALS) / DECIMALS);
}
