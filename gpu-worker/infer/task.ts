/**
 * An inference task from claim to end: the video's frames stream through the network, batch by batch, and the predictions are stored in
 * chunks as they come. A second attempt goes on after the last stored chunk. What is kept in memory does not grow with the video.
 */
import { join } from 'node:path';
import { desc, eq } from 'drizzle-orm';
import { loadBlob } from '../../src/blobs/blob-store.ts';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { inferences, models, predictionChunks } from '../../src/db/schema.ts';
import { AppError } from '../../src/errors.ts';
import { addWarning, withLease } from '../../src/queue/lease.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { decodeVideo, probeVideo } from '../media/video.ts';
import { networkOf } from '../model/from-config.ts';
import { restoreWeights } from '../model/network.ts';
import { decodeTensors } from '../model/weights.ts';
import { breathe, leaveIfAsked, type TaskContext, type TaskResult } from '../task-context.ts';
import { Predictor } from './predict.ts';

/** SLEAP's default. */
const BATCH_SIZE = 4;
const FRAMES_PER_CHUNK = 256;

/** @throws AppError in words for the person who submitted it; Interrupted. */
export async function runInference(ctx: TaskContext): Promise<TaskResult> {
  const { inference, model } = await readRows(ctx);
  ctx.report('fetching the video');
  const path = join(ctx.scratchDir, 'video');
  await fetchBlob(ctx, inference.videoBlob, path);

  ctx.report('reading the video');
  const video = await probeVideo(path, ctx.signal);
  checkSize(video, ctx.config.MAX_IMAGE_SIDE_PX);
  await withLease(ctx.db, ctx.task.lease, tx =>
    tx.update(inferences).set({ video }).where(eq(inferences.id, inference.id)),
  );

  ctx.report('preparing the network');
  const config = trainingConfigSchema.parse(model.trainingConfig);
  const trained = model.networkInput!;
  const network = networkOf(config, trained, model.skeleton!.keypoints.length, null);
  let predictor: Predictor | null = null;
  try {
    restoreWeights(network, decodeTensors(await loadBlob(ctx.blobs, model.bestBlob!)));
    predictor = new Predictor(network, { trained, frame: video, config });
    if (trained.widthPx !== null && (video.widthPx !== trained.widthPx || video.heightPx !== trained.heightPx)) {
      const sizes = `The video is ${video.widthPx} × ${video.heightPx}, the training images ${trained.widthPx} × ${trained.heightPx}`;
      await addWarning(ctx.db, ctx.task.lease, `${sizes}: frames were scaled to fit.`);
    }
    await predictor.prepare(BATCH_SIZE, (done, total) => ctx.report('compiling', { done, total, unit: 'pipelines' }));
    const complaint = await predictFrames(ctx, path, video, predictor, trained.channels);
    if (complaint) await addWarning(ctx.db, ctx.task.lease, complaint);
    return { end: 'succeeded', stoppedEarly: false };
  } finally {
    predictor?.dispose();
    network.dispose();
  }
}

/** @returns what is wrong with the video, if anything. */
async function predictFrames(
  ctx: TaskContext,
  path: string,
  video: VideoInfo,
  predictor: Predictor,
  channels: 1 | 3,
): Promise<string | null> {
  const startFrame = await firstFrameToDo(ctx);
  const decoder = decodeVideo(path, video, { channels, startFrame, signal: ctx.signal });
  const batch = new Uint8Array(BATCH_SIZE * video.heightPx * video.widthPx * channels);
  const frameBytes = batch.length / BATCH_SIZE;
  let inBatch = 0;
  let done = startFrame;
  let chunk: Float32Array[] = [];
  let chunkStart = startFrame;

  const predict = async () => {
    if (inBatch === 0) return;
    leaveIfAsked(ctx);
    chunk.push(await predictor.predict(batch.subarray(0, inBatch * frameBytes)));
    done += inBatch;
    inBatch = 0;
    ctx.report('predicting', {
      done,
      total: video.frames === null ? null : Math.max(video.frames, done),
      unit: 'frames',
    });
    await breathe();
  };
  const store = async () => {
    if (done === chunkStart) return;
    await storeChunk(ctx, chunkStart, done - chunkStart, chunk);
    chunk = [];
    chunkStart = done;
  };

  for await (const frame of decoder) {
    batch.set(frame.data, inBatch * frameBytes);
    inBatch++;
    if (inBatch === BATCH_SIZE) await predict();
    if (done - chunkStart >= FRAMES_PER_CHUNK) await store();
  }
  await predict();
  await store();
  return decoder.summary.complaint;
}

async function storeChunk(ctx: TaskContext, firstFrame: number, frames: number, parts: Float32Array[]): Promise<void> {
  const points = Buffer.concat(parts.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)));
  await withLease(ctx.db, ctx.task.lease, tx =>
    tx.insert(predictionChunks).values({ inferenceId: ctx.task.inferenceId!, firstFrame, frames, points }),
  );
}

async function firstFrameToDo(ctx: TaskContext): Promise<number> {
  const [last] = await ctx.db
    .select({ firstFrame: predictionChunks.firstFrame, frames: predictionChunks.frames })
    .from(predictionChunks)
    .where(eq(predictionChunks.inferenceId, ctx.task.inferenceId!))
    .orderBy(desc(predictionChunks.firstFrame))
    .limit(1);
  return last ? last.firstFrame + last.frames : 0;
}

async function readRows(ctx: TaskContext) {
  const [row] = await ctx.db
    .select({ inference: inferences, model: models })
    .from(inferences)
    .innerJoin(models, eq(models.uid, inferences.modelUid))
    .where(eq(inferences.id, ctx.task.inferenceId!));
  return row!;
}

function checkSize(video: VideoInfo, maxSidePx: number): void {
  if (Math.max(video.widthPx, video.heightPx) <= maxSidePx) return;
  throw new AppError(
    'video_invalid',
    `The video is ${video.widthPx} × ${video.heightPx} pixels; the limit is ${maxSidePx} (MAX_IMAGE_SIDE_PX).`,
    {
      remedy: 'Scale the video down, or ask the operator to raise the limit.',
    },
  );
}
