/** Takes the labelled frames out of a video that lies beside the labels; nothing else of it is kept. */
import type { FrameRun } from '../../../src/contract/frame-runs.ts';
import { decodeVideo, openVideo } from '../../media/video.ts';
import type { FrameStore } from './slp-frame-store.ts';
import type { Crop } from './slp-videos.ts';

export interface VideoFramesToTake {
  hostPath: string;
  name: string;
  /** Tells the video's files from those of others. */
  group: number;
  /** Whether SLEAP takes the video for gray. */
  grayscale: boolean;
  crop: Crop | null;
  /** Ascending, each once. */
  wanted: number[];
}

export interface TakenFrames {
  /** Of the images of the wanted frames; null: the video has no such frame. */
  paths: (string | null)[];
  /** Of the video; null where nobody knows. */
  frames: number | null;
  /** What is wrong with the video, for the user. */
  complaint: string | null;
}

/** @throws AppError video_invalid, video_codec_unsupported, image_invalid, archive_too_large; the signal's reason. */
export async function takeFromVideo(
  { hostPath, name, group, grayscale, crop, wanted }: VideoFramesToTake,
  store: FrameStore,
  signal: AbortSignal | undefined,
): Promise<TakenFrames> {
  const opened = await openVideo(hostPath, signal);
  const { widthPx, heightPx } = opened.info;
  store.checkSize(name, opened.info);
  const known = opened.index?.pts.length ?? opened.info.frames;
  const within = known === null ? wanted : wanted.filter(frame => frame < known);
  const found = new Map<number, string>();
  let complaint: string | null = null;
  if (within.length > 0) {
    const pixels = grayscale ? 'gray' : 'rgb24';
    const decoding = decodeVideo(hostPath, opened, { pixels, runs: runsOf(within), signal });
    for await (const { index, data } of decoding) {
      const path = await store.pathFor(group, name, index);
      found.set(index, await store.keepPixels(path, { widthPx, heightPx, channels: grayscale ? 1 : 3, data }, crop));
    }
    complaint = decoding.summary.complaint;
  }
  return { paths: wanted.map(frame => found.get(frame) ?? null), frames: known, complaint };
}

function runsOf(frames: readonly number[]): FrameRun[] {
  const runs: FrameRun[] = [];
  for (const frame of frames) {
    const last = runs.at(-1);
    if (last && last.last === frame - 1) last.last = frame;
    else runs.push({ first: frame, last: frame, step: 1 });
  }
  return runs;
}
