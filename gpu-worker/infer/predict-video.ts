/**
 * The loop of an inference: frames are gathered into batches, batches go to the device, points come back and are stored.
 *
 * Decoders fill their rings in threads of their own. A GPU computes while the next batch is gathered and while what it computed before is read
 * and stored, so the slowest of decoding and computing sets the pace; on the CPU the network holds this thread, and decoding goes on beside it.
 */
import { availableParallelism } from 'node:os';
import { countFrames, type FrameRun, parseFrameRuns, withoutFrames } from '../../src/contract/frame-runs.ts';
import type { InferenceConfig } from '../../src/contract/inference.ts';
import { AppError } from '../../src/errors.ts';
import { decodeVideo, type OpenedVideo } from '../media/video.ts';
import { RateMeter } from '../rate-meter.ts';
import { breathe, leaveIfAsked, type TaskContext } from '../task-context.ts';
import type { FramePlace } from './chunk-writer.ts';
import type { LoadedPredictor } from './predictor-cache.ts';

/** Batches handed to the device whose points are not there yet: one is computed while the next waits behind it. */
const MOST_UNDER_WAY = 2;
const MOST_DECODERS = 8;

export interface VideoToPredict {
  path: string;
  opened: OpenedVideo;
  settings: Pick<InferenceConfig, 'frames' | 'frame_step'>;
  channels: 1 | 3;
  /** Frames that need not be predicted again. */
  stored: readonly FrameRun[];
}

/** Where predictions go: chunk-writer.ts. */
export interface PredictionSink {
  add(frames: readonly FramePlace[], points: Float32Array): Promise<void>;
  /** Once no more will come: resolves when all are kept. */
  finish(): Promise<void>;
}

/** What the loop needs of its task. */
type LoopContext = Pick<TaskContext, 'config' | 'report' | 'requested' | 'signal'>;

interface UnderWay {
  frames: FramePlace[];
  points: Promise<Float32Array>;
}

/** @returns what is wrong with the video, if anything. @throws AppError; Interrupted. */
export async function predictVideo(
  ctx: LoopContext,
  { predictor, batchSize }: LoadedPredictor,
  { path, opened, settings, channels, stored }: VideoToPredict,
  sink: PredictionSink,
): Promise<string | null> {
  const { info: video } = opened;
  const wanted = parseFrameRuns(settings.frames, settings.frame_step)!;
  const total = video.frames === null ? null : countFrames(wanted, video.frames);
  let done = stored.reduce((sum, run) => sum + countFrames([run], run.last + 1), 0);
  const meter = new RateMeter('frames', done);
  const underWay: UnderWay[] = [];

  const finishOldest = async () => {
    const { frames, points } = underWay.shift()!;
    await sink.add(frames, await points);
    done += frames.length;
    ctx.report('predicting', meter.progress(done, total));
    leaveIfAsked(ctx);
  };

  const decoding = decodeVideo(path, opened, {
    pixels: channels === 1 ? 'gray' : 'rgb24',
    runs: withoutFrames(wanted, stored),
    decoders: ctx.config.DECODERS ?? Math.min(MOST_DECODERS, availableParallelism()),
    signal: ctx.signal,
  });
  const frameBytes = video.widthPx * video.heightPx * channels;
  const batch = predictor.room;
  let gathered: FramePlace[] = [];

  const predict = async () => {
    const points = predictor.predict(batch.subarray(0, gathered.length * frameBytes));
    // It is waited for in its turn; until then its failure is no unhandled one.
    points.catch(() => {});
    underWay.push({ frames: gathered, points });
    gathered = [];
    if (underWay.length >= MOST_UNDER_WAY) await finishOldest();
    await breathe();
  };

  try {
    for await (const { index, timeSeconds, data } of decoding) {
      batch.set(data, gathered.length * frameBytes);
      gathered.push({ index, timeSeconds });
      if (gathered.length === batchSize) await predict();
    }
    if (gathered.length > 0) await predict();
    while (underWay.length > 0) await finishOldest();
  } catch (error) {
    // Who leaves on request keeps what is there; any other error may be the database's.
    if (ctx.signal.aborted) await sink.finish();
    throw error;
  }
  await sink.finish();
  if (done === 0) throw noFrames(settings, video.frames ?? decoding.summary.frames);
  return decoding.summary.complaint;
}

/** A video without any frame is refused by its decoder: here none of those that were asked for is in it. */
function noFrames({ frames }: Pick<InferenceConfig, 'frames'>, inVideo: number): AppError {
  return new AppError('invalid_request', `None of the frames ${frames} is in the video, which has ${inVideo}.`, {
    remedy: 'Frames are counted from 0; submit the video again with other frames.',
  });
}
