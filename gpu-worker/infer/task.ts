/**
 * An inference task from claim to end: the video's frames stream through the network, batch by batch, and the predictions are stored in
 * chunks as they come. A second attempt leaves out the frames that are stored. What is kept in memory does not grow with the video.
 */
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { loadBlob } from '../../src/blobs/blob-store.ts';
import { type InferenceConfig, inferenceConfigSchema, type VideoInfo } from '../../src/contract/inference.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { inferences, type models } from '../../src/db/schema.ts';
import { AppError } from '../../src/errors.ts';
import { addWarning, withLease } from '../../src/queue/lease.ts';
import { fetchBlob } from '../fetch-blob.ts';
import { usesMatrixUnits } from '../kernels/webgpu/gemm-matrices.ts';
import { hasMixedPrecision } from '../kernels/webgpu/precision.ts';
import { openVideo } from '../media/video.ts';
import { networkOf } from '../model/from-config.ts';
import { restoreWeights } from '../model/network.ts';
import { decodeTensors } from '../model/weights.ts';
import type { ComputeContext, TaskContext, TaskResult } from '../task-context.ts';
import { ChunkWriter, storedRuns } from './chunk-writer.ts';
import { Predictor, type PredictorOptions } from './predict.ts';
import { predictVideo } from './predict-video.ts';
import type { LoadedPredictor } from './predictor-cache.ts';
import { readRows } from './rows.ts';

type Model = typeof models.$inferSelect;

/** @throws AppError in words for the person who submitted it; Interrupted. */
export async function runInference(ctx: ComputeContext): Promise<TaskResult> {
  const { inference, model } = await readRows(ctx);
  const settings = inferenceConfigSchema.parse(inference.config);
  ctx.report('fetching the video');
  const path = join(ctx.scratchDir, 'video');
  await fetchBlob(ctx, inference.videoBlob, path);

  ctx.report('reading the video');
  const opened = await openVideo(path, ctx.signal);
  const { info: video } = opened;
  checkSize(video, ctx.config.MAX_IMAGE_SIDE_PX);
  const frames = video.frames === null ? 'an unknown number of' : video.frames;
  ctx.log('info', `The video has ${frames} frames of ${video.widthPx} × ${video.heightPx} pixels (${video.codec}).`);
  await withLease(ctx.db, ctx.task.lease, tx =>
    tx.update(inferences).set({ video }).where(eq(inferences.id, inference.id)),
  );

  ctx.report('preparing the network');
  const options = predictorOptions(model, settings, video);
  const warn = (warning: string) => addWarning(ctx.db, ctx.task.lease, warning);
  for (const warning of unmetWishes(options, settings)) await warn(warning);
  const key = JSON.stringify([model.bestBlob, model.trainingConfig, model.skeleton, options]);
  return ctx.predictors.lend(
    key,
    () => loadPredictor(ctx, model, options),
    async lent => {
      if (settings.batch_size !== null && lent.batchSize < settings.batch_size)
        await warn(
          `A batch of ${settings.batch_size} frames does not fit the memory: ${lent.batchSize} were computed at a time.`,
        );
      const { channels } = options.trained;
      const toPredict = { path, opened, settings, channels, stored: await storedRuns(ctx) };
      const complaint = await predictVideo(ctx, lent, toPredict, new ChunkWriter(ctx, settings.frame_step));
      if (complaint) await warn(complaint);
      return { end: 'succeeded', stoppedEarly: false };
    },
  );
}

async function loadPredictor(ctx: TaskContext, model: Model, options: PredictorOptions): Promise<LoadedPredictor> {
  const config = trainingConfigSchema.parse(model.trainingConfig);
  const network = networkOf(config, model.networkInput!, model.skeleton!.keypoints.length, null);
  const predictor = new Predictor(network, options);
  try {
    restoreWeights(network, decodeTensors(await loadBlob(ctx.blobs, model.bestBlob!)));
    const report = (done: number, total: number) => ctx.report('compiling', { done, total, unit: 'pipelines' });
    const batchSize = await predictor.prepare(report);
    return { network, predictor, batchSize };
  } catch (error) {
    predictor.dispose();
    network.dispose();
    throw error;
  }
}

function predictorOptions(model: Model, settings: InferenceConfig, video: VideoInfo): PredictorOptions {
  const { input_scaling, heads_output_stride, backbone_config } = trainingConfigSchema.parse(model.trainingConfig);
  const { channels, widthPx, heightPx } = model.networkInput!;
  const { peak_threshold, refinement, integral_patch_size, batch_size } = settings;
  return {
    trained: { channels, widthPx, heightPx },
    frame: { widthPx: video.widthPx, heightPx: video.heightPx },
    config: { input_scaling, heads_output_stride, backbone_config: { max_stride: backbone_config.max_stride } },
    settings: { peak_threshold, refinement, integral_patch_size, batch_size },
    arithmetic: arithmeticFor(settings.precision),
  };
}

/** float16 pays where the device has units for products of matrices; elsewhere rounding costs what it saves (docs/gpu.md). */
function arithmeticFor(precision: InferenceConfig['precision']): PredictorOptions['arithmetic'] {
  if (precision === 'fp32' || !hasMixedPrecision()) return 'fp32';
  if (precision === 'mixed') return 'mixed';
  return usesMatrixUnits() ? 'compare' : 'fp32';
}

/** What was asked for, or expected, and is done otherwise here. */
function unmetWishes({ trained, frame, arithmetic }: PredictorOptions, { precision }: InferenceConfig): string[] {
  const warnings: string[] = [];
  if (trained.widthPx !== null && (frame.widthPx !== trained.widthPx || frame.heightPx !== trained.heightPx)) {
    const sizes = `The video is ${frame.widthPx} × ${frame.heightPx}, the training images ${trained.widthPx} × ${trained.heightPx}`;
    warnings.push(`${sizes}: frames were scaled to fit.`);
  }
  if (precision === 'mixed' && arithmetic !== 'mixed')
    warnings.push('This worker has no GPU with float16: it predicts in fp32, not in mixed precision.');
  return warnings;
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
