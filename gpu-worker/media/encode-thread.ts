/**
 * The thread behind VideoEncoder: one run of ffmpeg that reads frames from a ring of shared memory and writes an mp4 of H.264.
 *
 * Times are kept as they are: `-copyts` leaves a late first frame late, `-enc_time_base -1` counts in the units of the ring, and passthrough
 * neither doubles nor drops. With such small units x264 would take the video for one of a million frames a second and demand a player of
 * the highest level there is, and ffmpeg would show the last frame for one unit only: both are told the usual distance of frames.
 * `+faststart` brings the index to the front, so that a browser plays the file while it loads.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { EncodeJob, SlotFree } from './encoder.ts';
import { loadFfmpeg, runToEnd } from './ffmpeg.ts';
import { mountNewHostFile, mountSource } from './host-file.ts';
import { packetStream, TICKS_PER_SECOND } from './packet-ring.ts';
import { answer } from './thread.ts';

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
  const level = ['-x264-params', `fps=${Math.max(0.001, fps).toFixed(3)}`];
  const duration = ['-bsf:v', `setts=pts=PTS:dts=DTS:duration=${Math.max(1, Math.round(TICKS_PER_SECOND / fps))}`];
  const output = [...times, ...x264, ...level, ...duration, '-movflags', '+faststart', '/out.mp4'];
  return ['-loglevel', 'error', '-copyts', ...input, '-i', '/frames', ...output];
}
