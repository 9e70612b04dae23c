/** Reading inferences as resources: how each stands, what was asked, how much is there, and its newest overlay. */
import { and, desc, eq, inArray } from 'drizzle-orm';
import { inferenceConfigSchema, overlayConfigSchema, type VideoInfo } from '../contract/inference.ts';
import type { InferenceResource, OverlayResource } from '../contract/inference-resource.ts';
import { isEndState } from '../contract/task.ts';
import { inferences, models } from '../db/schema.ts';
import { tasks } from '../db/schema-queue.ts';
import { AppError } from '../errors.ts';
import { waitingBefore } from '../queue/waiting.ts';
import type { ServiceContext } from './context.ts';
import { requireResultsId } from './find.ts';
import { iso, statusOf } from './status.ts';
import { storedFrames } from './stored-frames.ts';

type Task = typeof tasks.$inferSelect;
type Inference = typeof inferences.$inferSelect;

/** True for the task that runs an inference, of which there is one. */
export const isInferTask = and(eq(tasks.inferenceId, inferences.id), eq(tasks.kind, 'infer'));

/** @throws AppError not_found. */
export async function readInference(ctx: ServiceContext, resultsId: string | number): Promise<InferenceResource> {
  const id = requireResultsId(resultsId);
  const inference = (await readInferences(ctx, [id])).get(id);
  if (!inference) throw new AppError('not_found', `Inference ${id} does not exist.`);
  return inference;
}

/** Those of them that there are, by id. */
export async function readInferences(ctx: ServiceContext, ids: number[]): Promise<Map<number, InferenceResource>> {
  if (ids.length === 0) return new Map();
  const { db } = ctx.client;
  const [rows, overlays] = await Promise.all([
    db
      .select({ inference: inferences, task: tasks, skeleton: models.skeleton })
      .from(inferences)
      .innerJoin(tasks, isInferTask)
      .innerJoin(models, eq(models.uid, inferences.modelUid))
      .where(inArray(inferences.id, ids)),
    db
      .selectDistinctOn([tasks.inferenceId])
      .from(tasks)
      .where(and(inArray(tasks.inferenceId, ids), eq(tasks.kind, 'overlay')))
      .orderBy(tasks.inferenceId, desc(tasks.seq)),
  ]);
  // After the tasks: what has ended by then gets no more frames.
  const framesOf = await storedFrames(
    ctx,
    rows.map(({ inference, task }) => ({ id: inference.id, hasEnded: isEndState(task.state) })),
  );
  const waiting = await waitingBefore(
    db,
    rows.map(({ task }) => task),
  );
  const overlayOf = new Map(overlays.map(task => [task.inferenceId, task]));
  return new Map(
    rows.map(({ inference, task, skeleton }) => {
      const overlay = overlayOf.get(inference.id);
      return [
        inference.id,
        {
          ...asResource(inference, task, waiting.get(task.id) ?? null),
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

function asResource(inference: Inference, task: Task, before: number | null) {
  return {
    results_id: inference.id,
    task_id: task.id,
    model_uid: inference.modelUid,
    file_name: inference.fileName,
    ...statusOf(task, before),
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
