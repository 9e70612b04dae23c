/** Reading inferences as resources: how each stands, what was asked, how much is there, and its newest overlay. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { inferenceConfigSchema, overlayConfigSchema, type VideoInfo } from '../contract/inference.ts';
import type { InferenceResource, OverlayResource } from '../contract/inference-resource.ts';
import { inferences, models, predictionChunks } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { requireResultsId, requireUuid } from './find.ts';
import { iso, statusOf } from './status.ts';

const LISTED_INFERENCES = 100;

type Task = typeof tasks.$inferSelect;
type Inference = typeof inferences.$inferSelect;

/** The newest first, at most 100. @param modelUid of this model alone; undefined: of all. @throws AppError not_found for a text that is no UUID. */
export async function listInferences(ctx: ServiceContext, modelUid: string | undefined): Promise<InferenceResource[]> {
  const newest = await ctx.client.db
    .select({ id: inferences.id })
    .from(inferences)
    .where(modelUid === undefined ? undefined : eq(inferences.modelUid, requireUuid(modelUid, 'model_uid')))
    .orderBy(desc(inferences.id))
    .limit(LISTED_INFERENCES);
  const byId = await readInferences(
    ctx,
    newest.map(({ id }) => id),
  );
  return newest.flatMap(({ id }) => byId.get(id) ?? []);
}

/** @throws AppError not_found. */
export async function readInference(ctx: ServiceContext, resultsId: string | number): Promise<InferenceResource> {
  const id = requireResultsId(resultsId);
  const inference = (await readInferences(ctx, [id])).get(id);
  if (!inference) throw new AppError('not_found', `Inference ${id} does not exist.`);
  return inference;
}

async function readInferences(ctx: ServiceContext, ids: number[]): Promise<Map<number, InferenceResource>> {
  if (ids.length === 0) return new Map();
  const { db } = ctx.client;
  const [rows, stored, overlays] = await Promise.all([
    db
      .select({ inference: inferences, task: tasks, skeleton: models.skeleton })
      .from(inferences)
      .innerJoin(tasks, and(eq(tasks.inferenceId, inferences.id), eq(tasks.kind, 'infer')))
      .innerJoin(models, eq(models.uid, inferences.modelUid))
      .where(inArray(inferences.id, ids)),
    db
      .select({ id: predictionChunks.inferenceId, frames: sql<number>`sum(${predictionChunks.frames})::int` })
      .from(predictionChunks)
      .where(inArray(predictionChunks.inferenceId, ids))
      .groupBy(predictionChunks.inferenceId),
    db
      .selectDistinctOn([tasks.inferenceId])
      .from(tasks)
      .where(and(inArray(tasks.inferenceId, ids), eq(tasks.kind, 'overlay')))
      .orderBy(tasks.inferenceId, desc(tasks.seq)),
  ]);
  const framesOf = new Map(stored.map(({ id, frames }) => [id, frames]));
  const overlayOf = new Map(overlays.map(task => [task.inferenceId, task]));
  return new Map(
    rows.map(({ inference, task, skeleton }) => {
      const overlay = overlayOf.get(inference.id);
      return [
        inference.id,
        {
          ...asResource(inference, task),
          // A model with weights has a skeleton.
          keypoints: skeleton!.keypoints,
          edges: skeleton!.edges,
          frames_stored: framesOf.get(inference.id) ?? 0,
          overlay: overlay ? asOverlay(inference, overlay) : null,
          created_at: inference.createdAt.toISOString(),
          started_at: iso(task.startedAt),
          finished_at: iso(task.finishedAt),
        },
      ];
    }),
  );
}

function asResource(inference: Inference, task: Task) {
  return {
    results_id: inference.id,
    task_id: task.id,
    model_uid: inference.modelUid,
    file_name: inference.fileName,
    ...statusOf(task),
    inference_config: inferenceConfigSchema.parse(inference.config),
    video: inference.video && asVideo(inference.video),
  };
}

function asVideo(video: VideoInfo): InferenceResource['video'] {
  return {
    width_px: video.widthPx,
    height_px: video.heightPx,
    fps: video.fps,
    frames: video.frames,
    codec: video.codec,
    rotation_degrees: video.rotationDegrees,
    // Absent from videos that versions before 0.2 read.
    variable_rate: video.variableRate ?? null,
  };
}

function asOverlay(inference: Inference, task: Task): OverlayResource {
  const { state, phase, progress, error } = task;
  return {
    task_id: task.id,
    ...{ state, phase, progress, error },
    // That of the newest task: it is written when that task is queued, and no other can be queued before it ends.
    overlay_config: overlayConfigSchema.parse(inference.overlayConfig ?? {}),
    ready: inference.overlayBlob !== null,
  };
}
