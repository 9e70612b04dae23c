/**
 * The thread behind VideoEncoder: one run of ffmpeg that reads frames from a ring of shared memory and writes an mp4 of H.264.
 *
 * Times are kept as they are: `-copyts` leaves a late first frame late, `-enc_time_base -1` counts in the units of the ring, and passthrough
 * neither doubles nor drops. With such small units x264 would take the video for one of a million frames a second and demand a player of
 * the highest level there is, and ffmpeg would show the last frame for one unit only: both are told the usual distance of frames.
 * `+faststart` brings the index to the front, so that a browser plays the file while it loads.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from './answer.ts';
import type { EncodeJob, SlotFree } from './encoder.ts';
import { loadFfmpeg, runToEnd } from './ffmpeg.ts';
import { mountNewHostFile, mountSource } from './host-file.ts';
import { packetStream, TICKS_PER_SECOND } from './packet-ring.ts';

/** Frames that x264 looks ahead, by preset (x264 core 164, `x264 --fullhelp`). */
const LOOKAHEAD = { ultrafast: 0, superfast: 0, veryfast: 10, faster: 20, fast: 30, medium: 40 } as const;
/** What x264 may keep of the 2 GB that there are, and what a pixel of a frame costs it: found by trying. */
const FRAME_MEMORY_BYTES = 1.2e9;
const BYTES_PER_PIXEL = 6;
/** Frames it keeps besides those ahead: references, B-frames and the one at work. */
const OTHER_FRAMES = 8;

const { path, program, settings, ring }: EncodeJob = workerData;
await answer(async (): Promise<null> => {
  let firstLine = '';
  const core = await loadFfmpeg(program, line => {
    firstLine ||= line.startsWith('-vsync is deprecated') ? '' : line;
  });
  const tellFree = () => parentPort!.postMessage('free' satisfies SlotFree);
  mountSource(core.FS, 'frames', packetStream(ring, settings, tellFree));
  const file = mountNewHostFile(core.FS, 'out.mp4', path);
  const { code, crash } = runToEnd(() => core.exec(...ffmpegArguments()));
  file.close();
  if (file.failure) throw file.failure;
  if (code !== 0) throw new Error(`The encoder failed: ${crash ?? `code ${code}`}${firstLine && ` (${firstLine})`}.`);
  return null;
});

function ffmpegArguments(): string[] {
  const { fps, preset, crf } = settings;
  // A stream tells all in its header: nothing is read ahead to find out more.
  const input = ['-f', 'ivf', '-seekable', '0', '-probesize', '32', '-analyzeduration', '0', '-fpsprobesize', '0'];
  const times = ['-vsync', 'passthrough', '-enc_time_base', '-1'];
  const x264 = ['-c:v', 'libx264', '-preset', preset, '-crf', String(crf), '-pix_fmt', 'yuv420p'];
  const told = ['-x264-params', `fps=${Math.max(0.001, fps).toFixed(3)}${memoryLimits()}`];
  const duration = ['-bsf:v', `setts=pts=PTS:dts=DTS:duration=${Math.max(1, Math.round(TICKS_PER_SECOND / fps))}`];
  const output = [...times, ...x264, ...told, ...duration, '-movflags', '+faststart', '/out.mp4'];
  return ['-loglevel', 'error', '-copyts', ...input, '-i', '/frames', ...output];
}

/** Options that keep x264 within memory where frames are large: at 4096 × 4096, all of preset medium would need twice what there is. */
function memoryLimits(): string {
  const { widthPx, heightPx, preset } = settings;
  const frames = Math.floor(FRAME_MEMORY_BYTES / (BYTES_PER_PIXEL * widthPx * heightPx));
  if (frames < OTHER_FRAMES) return ':rc-lookahead=0:bframes=0:ref=1';
  return `:rc-lookahead=${Math.min(LOOKAHEAD[preset], frames - OTHER_FRAMES)}`;
}
