/**
 * Reading a video: what it is (probeVideo) and its frames one after another (decodeVideo).
 *
 * ffmpeg runs as WebAssembly in a thread per call, which is killed when the reader stops or aborts; frames arrive at full
 * resolution through a ring of shared memory, so memory does not grow with the video. Scaling is the device's work. Frames come in
 * the order and number in which every ffmpeg-based tool reads them (`-vsync passthrough`: none doubled, none dropped for its time
 * stamp; frames hidden by an mp4 edit list stay hidden). Seeking is left out: containers disagree on where a key
 * frame lies, and a frame number must be exact.
 */
import type { VideoInfo } from '../../src/contract/inference.ts';
import { compileFfmpeg } from './ffmpeg.ts';
import { createRing, type FrameRing, releaseSlot, slotOf } from './frame-ring.ts';
import { type Answer, askThread, runThread, unwrap } from './thread.ts';

interface VideoFrame {
  /** Counted from 0 at the start of the video. */
  index: number;
  timeSeconds: number;
  /** [H, W, C], or the planes Y, U and V one after another; shared memory, valid until the next frame is asked for. */
  data: Uint8Array<SharedArrayBuffer>;
}

export interface DecodeSummary {
  /** Frames decoded, those before startFrame included. */
  frames: number;
  /** A sentence for the user when the file ended early or is damaged. */
  complaint: string | null;
}

/** Frames to be iterated once; `summary` is filled in when the last one was read. */
export interface VideoFrames extends AsyncIterable<VideoFrame> {
  readonly summary: DecodeSummary;
}

export interface DecodeOptions {
  /** 1: gray, full range; 3: RGB. */
  channels?: 1 | 3;
  /** Instead of channels: limited range, padded to even sizes at the right and the bottom. */
  pixels?: 'gray' | 'rgb24' | 'yuv420p';
  /** Frames before it are decoded and dropped in the thread: a resumed inference gets the very same frames. */
  startFrame?: number;
  signal?: AbortSignal | undefined;
}

/** What the threads are given. */
export interface ProbeJob {
  path: string;
  program: WebAssembly.Module;
}
export interface DecodeJob extends ProbeJob {
  info: VideoInfo;
  pixels: 'gray' | 'rgb24' | 'yuv420p';
  startFrame: number;
  ring: FrameRing;
}
/** What the decoder thread posts for each frame it put into the ring, before its Answer<DecodeSummary>. */
export type FrameReady = 'frame';

/**
 * What the container tells of the video, sizes after rotation.
 * @throws AppError video_invalid, video_codec_unsupported; the signal's reason after an abort.
 */
export async function probeVideo(path: string, signal?: AbortSignal): Promise<VideoInfo> {
  const job: ProbeJob = { path, program: await compileFfmpeg() };
  return await askThread(new URL('./probe-thread.ts', import.meta.url), job, signal);
}

/**
 * The frames of a probed video, turned upright. The decoder starts with the iteration and ends with it, however that ends.
 * A file that ends early gives the frames it has, then a complaint.
 * @throws (while iterating) AppError video_invalid when there is no frame at all; the signal's reason.
 */
export function decodeVideo(path: string, info: VideoInfo, options: DecodeOptions): VideoFrames {
  const summary: DecodeSummary = { frames: 0, complaint: null };
  return { summary, [Symbol.asyncIterator]: () => readFrames(path, info, options, summary) };
}

async function* readFrames(
  path: string,
  info: VideoInfo,
  { channels = 1, pixels = channels === 1 ? 'gray' : 'rgb24', startFrame = 0, signal }: DecodeOptions,
  summary: DecodeSummary,
): AsyncGenerator<VideoFrame> {
  const { widthPx, heightPx } = info;
  const evenPixels = 4 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2);
  const ring = createRing(
    { gray: widthPx * heightPx, rgb24: widthPx * heightPx * 3, yuv420p: 1.5 * evenPixels }[pixels],
  );
  const job: DecodeJob = { path, program: await compileFfmpeg(), info, pixels, startFrame, ring };
  const entry = new URL('./decode-thread.ts', import.meta.url);
  let read = 0;
  // At most ring.slots messages ever wait here: the thread blocks when no slot is free.
  for await (const message of runThread<FrameReady | Answer<DecodeSummary>>(entry, job, signal)) {
    if (message !== 'frame') {
      Object.assign(summary, unwrap(message));
      return;
    }
    yield { index: startFrame + read, timeSeconds: (startFrame + read) / (info.fps ?? 25), data: slotOf(ring, read) };
    releaseSlot(ring);
    read++;
  }
}
