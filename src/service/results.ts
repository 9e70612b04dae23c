/**
 * Inference results in the shape of the first service: one object a video, keyed by frame, then by keypoint.
 * The text is made chunk by chunk as it is sent, so a video of any length needs the memory of one chunk.
 */
import { and, eq, inArray } from 'drizzle-orm';
import { inferences } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { type Chunk, rounded } from '../exports/chunk.ts';
import type { ServiceContext } from './context.ts';
import { openPredictions } from './predictions.ts';

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
    })
    .from(inferences)
    .innerJoin(tasks, and(eq(tasks.inferenceId, inferences.id), eq(tasks.kind, 'infer')))
    .where(inArray(inferences.id, ids));
  const byId = new Map(rows.map(row => [row.id, row]));
  const unknown = ids.filter(id => !byId.has(id));
  if (unknown.length > 0) throw new AppError('not_found', `Unknown results id: ${unknown.join(', ')}.`);

  async function* pieces(): AsyncGenerator<string> {
    yield '[';
    for (const [i, id] of ids.entries()) {
      const { taskId, state, progress, warnings, error } = byId.get(id)!;
      yield `${i > 0 ? ',' : ''}{"id":${id},"keypoints":`;
      if (state === 'succeeded') yield* frames(ctx, id);
      else yield 'null';
      const rest = JSON.stringify({ task_id: taskId, state, progress, warnings, error });
      yield `,${rest.slice(1)}`;
    }
    yield ']';
  }
  return pieces();
}

async function* frames(ctx: ServiceContext, inferenceId: number): AsyncGenerator<string> {
  const { runs, read, skeleton } = await openPredictions(ctx, inferenceId);
  const names = skeleton.keypoints.map(name => JSON.stringify(name));
  yield '{';
  let separator = '';
  for (const run of runs) {
    const chunk = await read(run);
    yield separator + chunk.frames.map((frame, i) => frameText(chunk, frame, i, names)).join(',');
    separator = ',';
  }
  yield '}';
}

function frameText(chunk: Chunk, frame: number, index: number, names: string[]): string {
  const fields = names.map((name, k) => {
    const { x, y } = chunk.point(index, k);
    return `${name}:[${rounded(x)},${rounded(y)}]`;
  });
  return `"${frame}":{${fields.join(',')}}`;
}
