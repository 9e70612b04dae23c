/**
 * Reading a video: what it is and which frames it has (openVideo), and its frames (decodeVideo).
 *
 * ffmpeg runs as WebAssembly in threads, which are killed when the reader stops or aborts; frames arrive at full resolution through
 * rings of shared memory, so memory does not grow with the video. Scaling is the device's work. Frame i is the i-th that is shown,
 * as every ffmpeg-based tool reads them (`-vsync passthrough`: none doubled, none dropped; frames hidden by an mp4 edit list stay
 * hidden). With an index decoding may begin at any key frame, and each frame is known by its time; without one it begins at the start.
 */
import { countFrames, type FrameRun } from '../../src/contract/frame-runs.ts';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { AppError } from '../../src/errors.ts';
import { DecoderPool } from './decoder-pool.ts';
import { compileFfmpeg } from './ffmpeg.ts';
import type { ProbeTarget } from './ffprobe.ts';
import type { FrameIndex } from './frame-index.ts';
import { cutIntoPieces } from './pieces.ts';
import type { Pixels } from './pixels.ts';
import { createCounter, watchForStall } from './stall.ts';
import { askThread } from './thread.ts';
import { complaintOf, quoted, reasonOf } from './video-complaint.ts';

export interface OpenedVideo {
  info: VideoInfo;
  /**
   * null where the container's packets do not tell its frames, which are then numbered as they come, and what lies before the first
   * wanted one is decoded as well.
   */
  index: FrameIndex | null;
  /** See hasLimitedLuma(). */
  limitedLuma: boolean;
}

interface VideoFrame {
  /** Counted from 0 at the start of the video. */
  index: number;
  /** When it is shown, from the start of the file, as players count. */
  timeSeconds: number;
  /** [H, W] gray, [H, W, 3] rgb24, or planes (see Pixels); shared memory, valid until the next frame is asked for. */
  data: Uint8Array<SharedArrayBuffer>;
}

interface DecodeSummary {
  /** Frames delivered; without an index also those that were decoded on the way to them. */
  frames: number;
  /** A sentence for the user when the file ended early or is damaged. */
  complaint: string | null;
}

/** Frames to be iterated once; `summary` is filled in when the last one was read. */
export interface VideoFrames extends AsyncIterable<VideoFrame> {
  readonly summary: DecodeSummary;
}

export interface DecodeOptions {
  pixels: Pixels;
  /** The wanted frames; default: all. Resumed after a break they are the very same frames. */
  runs?: readonly FrameRun[];
  /** At most so many threads; default 1. With more than one, frames of different parts of the video may interleave. */
  decoders?: number;
  /** Without any progress for so long while the reader waits, the video is given up. */
  stallSeconds?: number;
  signal?: AbortSignal | undefined;
}

const STALL_SECONDS = 60;
const PROBE_STALL_SECONDS = 300;
const ALL_FRAMES: FrameRun = { first: 0, last: Number.POSITIVE_INFINITY, step: 1 };

/**
 * What the container tells of the video, sizes after rotation, and the index of its frames. Reads the file once.
 * @throws AppError video_invalid, video_codec_unsupported; the signal's reason after an abort.
 */
export async function openVideo(
  path: string,
  signal?: AbortSignal,
  stallSeconds = PROBE_STALL_SECONDS,
): Promise<OpenedVideo> {
  const progress = createCounter();
  const target: ProbeTarget = { path, program: await compileFfmpeg(), progress };
  const stalled = new AbortController();
  const stopWatch = watchForStall(
    () => Atomics.load(progress, 0),
    stallSeconds,
    () => stalled.abort(new AppError('video_invalid', `Reading the video stands still for ${stallSeconds} seconds.`)),
  );
  try {
    const either = signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal;
    return await askThread(new URL('./probe-thread.ts', import.meta.url), target, either);
  } finally {
    stopWatch();
  }
}

/** openVideo() for those who need no index. */
export async function probeVideo(path: string, signal?: AbortSignal): Promise<VideoInfo> {
  return (await openVideo(path, signal)).info;
}

/**
 * The wanted frames of an opened video, turned upright. Decoding starts with the iteration and ends with it, however that ends. With
 * one decoder frames ascend; with several they ascend within some hundred frames. A file that ends early gives the frames it has,
 * then a complaint.
 * @throws (while iterating) AppError video_invalid when there is no frame at all, or none comes any more; the signal's reason.
 */
export function decodeVideo(path: string, opened: OpenedVideo, options: DecodeOptions): VideoFrames {
  const summary: DecodeSummary = { frames: 0, complaint: null };
  return { summary, [Symbol.asyncIterator]: () => readFrames(path, opened, options, summary) };
}

async function* readFrames(
  path: string,
  opened: OpenedVideo,
  { pixels, runs = [ALL_FRAMES], decoders = 1, stallSeconds = STALL_SECONDS, signal }: DecodeOptions,
  summary: DecodeSummary,
): AsyncGenerator<VideoFrame> {
  const { info, index } = opened;
  const pieces = cutIntoPieces(runs, index, decoders === 1);
  const setup = { path, program: await compileFfmpeg(), ...opened, pixels };
  const pool = new DecoderPool(setup, pieces, { decoders, stallSeconds, signal });
  let delivered = 0;
  try {
    for (let frame = await pool.next(); frame; frame = await pool.next()) {
      const { index: number, timeSeconds, data, release } = frame;
      yield { index: number, timeSeconds, data };
      release();
      delivered++;
    }
  } finally {
    await pool.close();
  }
  const { ends } = pool;
  const decoded = ends.reduce((sum, end) => sum + end.decoded, 0);
  if (pieces.length > 0 && delivered === 0 && decoded === 0) {
    throw new AppError('video_invalid', `No frame of the video can be decoded${quoted(reasonOf(ends))}.`);
  }
  const whole =
    runs.length === 1 && runs[0]!.first === 0 && runs[0]!.last === Number.POSITIVE_INFINITY && runs[0]!.step === 1;
  const frames = Math.max(info.frames ?? 0, index?.pts.length ?? 0) || null;
  summary.frames = index ? delivered : Math.max(delivered, decoded);
  summary.complaint = complaintOf({ delivered, expected: frames && countFrames(runs, frames), whole, ends });
}
