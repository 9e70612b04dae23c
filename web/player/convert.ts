/**
 * A video that the browser cannot play becomes an mp4 of H.264 that it can, without leaving the reader's machine. Every frame stays, with its
 * own time, so that what was predicted in frame k is drawn over frame k: none is doubled or left out for the sake of an even rate.
 */
import { INPUT, type OpenFfmpeg, openFfmpeg } from './ffmpeg.ts';

/** Frames between key frames: short, for the sake of stepping back. */
const KEY_FRAME_EVERY = 24;

const ARGUMENTS = [
  ...['-i', INPUT, '-map', '0:V:0', '-an'],
  // H.264 has even sides; pixels are square, as predictions take them to be.
  ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2,setsar=1'],
  ...['-vsync', 'passthrough', '-enc_time_base', '-1', '-video_track_timescale', '90000'],
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '20', '-pix_fmt', 'yuv420p', '-g', String(KEY_FRAME_EVERY)],
  ...['-movflags', '+faststart', '/out.mp4'],
];

interface ConvertOptions {
  /** Told how many frames are done. */
  onFrames: (done: number) => void;
  /** Ends it at once. */
  signal: AbortSignal;
}

/** @throws Error with ffmpeg's words; the signal's reason. */
export async function convertToMp4(
  video: Blob,
  { onFrames, signal }: ConvertOptions,
): Promise<{ mp4: Blob; frames: number }> {
  let opened: OpenFfmpeg | null = null;
  try {
    opened = await openFfmpeg(video, signal);
    let frames = 0;
    await opened.run(ARGUMENTS, line => {
      const [, done] = /^frame=\s*(\d+)/.exec(line) ?? [];
      if (done === undefined) return;
      frames = Number(done);
      onFrames(frames);
    });
    const bytes = (await opened.ffmpeg.readFile('/out.mp4')) as Uint8Array<ArrayBuffer>;
    return { mp4: new Blob([bytes], { type: 'video/mp4' }), frames };
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    opened?.close();
  }
}
