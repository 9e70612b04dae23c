/**
 * An overlay task from claim to end: every frame of the video is decoded, what the inference found is drawn into it, and the frames are encoded as
 * an mp4, which takes the place of the overlay before. Decoder, drawing and encoder work at the same time, a thread each, and each waits for
 * the next one, so that memory does not grow with the video.
 *
 * The overlay has every frame of the video at its time, with predictions or without; that is counted at the end. A second attempt begins
 * anew: an mp4 cannot be gone on with, and drawing takes less time than the inference did. Sound is left out.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { overlayConfigSchema, type VideoInfo } from '../../src/contract/inference.ts';
import { inferences } from '../../src/db/schema.ts';
import { addWarning, withLease } from '../../src/queue/lease.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { readRows } from '../infer/rows.ts';
import { VideoEncoder } from '../media/encoder.ts';
import { decodeVideo, type OpenedVideo, openVideo, probeVideo } from '../media/video.ts';
import { RateMeter } from '../rate-meter.ts';
import { breathe, leaveIfAsked, type TaskContext, type TaskResult } from '../task-context.ts';
import { PoseDrawing } from './draw.ts';
import { StoredPoints } from './stored-points.ts';

/** Where a video does not say how many frames it shows a second. */
const USUAL_FPS = 25;

/** @throws AppError in words for the person who asked for it; Interrupted. */
export async function runOverlay(ctx: TaskContext): Promise<TaskResult> {
  const { inference, model } = await readRows(ctx);
  ctx.report('fetching the video');
  const source = join(ctx.scratchDir, 'video');
  await fetchBlob(ctx, inference.videoBlob, source);
  ctx.report('reading the video');
  const opened = await openVideo(source, ctx.signal);
  const video = opened.info;

  const overlay = join(ctx.scratchDir, 'overlay.mp4');
  const config = overlayConfigSchema.parse(inference.overlayConfig ?? {});
  const skeleton = model.skeleton!;
  const size = evenSize(video);
  const drawing = new PoseDrawing(size, skeleton, config);
  const points = new StoredPoints(ctx.db, inference.id, skeleton.keypoints.length);
  const encoder = await VideoEncoder.open(overlay, { ...size, ...config, fps: video.fps ?? USUAL_FPS }, ctx.signal);
  try {
    const { frames, complaint } = await drawFrames(ctx, { source, opened, drawing, points, encoder });
    if (complaint) await addWarning(ctx.db, ctx.task.lease, complaint);
    await encoder.finish();
    await checkComplete(ctx, overlay, frames);
  } finally {
    await encoder.close();
  }
  await store(ctx, overlay);
  return { end: 'succeeded', stoppedEarly: false };
}

/** @returns how many frames there were, and what is wrong with the video, if anything. */
async function drawFrames(
  ctx: TaskContext,
  work: { source: string; opened: OpenedVideo; drawing: PoseDrawing; points: StoredPoints; encoder: VideoEncoder },
): Promise<{ frames: number; complaint: string | null }> {
  const { source, opened, drawing, points, encoder } = work;
  const meter = new RateMeter('frames');
  const frames = decodeVideo(source, opened, { pixels: 'yuv420p', signal: ctx.signal });
  let done = 0;
  for await (const { index, timeSeconds, data } of frames) {
    leaveIfAsked(ctx);
    const found = await points.at(index);
    const picture = await encoder.room();
    picture.set(data);
    drawing.draw(picture, index, found);
    encoder.add(timeSeconds);
    ctx.report('drawing the overlay', meter.progress(++done, opened.info.frames));
    await breathe();
  }
  return { frames: done, complaint: frames.summary.complaint };
}

/** The file itself is asked how many frames it has. */
async function checkComplete(ctx: TaskContext, path: string, frames: number): Promise<void> {
  const encoded = await probeVideo(path, ctx.signal);
  if (encoded.frames === frames) return;
  throw new Error(`The overlay has ${encoded.frames} frames, the video ${frames}.`);
}

/** The overlay before is let go of; whoever is reading it can do so to its end, since blobs are collected later. */
async function store(ctx: TaskContext, path: string): Promise<void> {
  const { size: sizeBytes } = await stat(path);
  const meter = new RateMeter('bytes');
  const pieces = async function* () {
    let done = 0;
    for await (const piece of createReadStream(path, { signal: ctx.signal, highWaterMark: 2 ** 18 })) {
      yield piece as Uint8Array;
      done += piece.length;
      ctx.report('storing the overlay', meter.progress(done, sizeBytes));
    }
  };
  const { id: overlayBlob } = await storeBlob(ctx.blobs, pieces());
  await withLease(ctx.db, ctx.task.lease, tx =>
    tx.update(inferences).set({ overlayBlob }).where(eq(inferences.id, ctx.task.inferenceId!)),
  );
}

function evenSize({ widthPx, heightPx }: VideoInfo): { widthPx: number; heightPx: number } {
  return { widthPx: 2 * Math.ceil(widthPx / 2), heightPx: 2 * Math.ceil(heightPx / 2) };
}
