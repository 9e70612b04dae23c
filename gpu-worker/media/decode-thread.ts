/**
 * The thread behind decodeVideo(): one run of ffmpeg whose raw output is cut into frames and put into the ring.
 *
 * Return 0 does not mean intact: a truncated mp4 ends with 0 and a line in the log, so frames are compared with the container's
 * count and error lines are kept. The rotation is applied here and not by ffmpeg (`-noautorotate`), so that sizes agree with
 * VideoInfo; `scale` to the same size costs nothing and keeps the size fixed if a stream changes its own half-way.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { VideoInfo } from '../../src/contract/inference.ts';
import { AppError } from '../../src/errors.ts';
import { INPUT_NAME, loadFfmpeg, runToEnd } from './ffmpeg.ts';
import { slotOf, waitForSlot } from './frame-ring.ts';
import { mountHostFile, mountSink } from './host-file.ts';
import { answer } from './thread.ts';
import type { DecodeJob, DecodeSummary, FrameReady } from './video.ts';

/** ffmpeg filters for clockwise turns. */
const TURN: Record<number, string> = { 0: '', 90: 'transpose=clock,', 180: 'hflip,vflip,', 270: 'transpose=cclock,' };
/** A log line at level error or worse, without the component that wrote it. */
const ERROR_LINE = /^(?:\[[^\]]* @ [^\]]*\] )?\[(?:error|fatal|panic)\] (.*)$/;

const { path, program, info, pixels, startFrame, ring }: DecodeJob = workerData;
await answer(async (): Promise<DecodeSummary> => {
  let firstFault = '';
  const core = await loadFfmpeg(program, line => {
    firstFault ||= ERROR_LINE.exec(line)?.[1] ?? '';
  });
  const close = mountHostFile(core.FS, INPUT_NAME, path);
  const frames = frameWriter();
  mountSink(core.FS, 'out', frames.write);
  const { code, crash } = runToEnd(() => core.exec(...ffmpegArguments(info)));
  close();
  const reason = firstFault || (crash ?? (code === 0 ? '' : `the decoder ended with code ${code}`));
  const count = frames.count();
  if (count === 0) throw new AppError('video_invalid', `No frame of the video can be decoded${quoted(reason)}.`);
  return { frames: count, complaint: complaintOf(count, reason) };
});

function ffmpegArguments({ widthPx, heightPx, rotationDegrees }: VideoInfo): string[] {
  const input = ['-loglevel', 'repeat+level+error', '-noautorotate', '-i', `/${INPUT_NAME}`, '-map', '0:V:0'];
  const planes = pixels === 'yuv420p' ? ':out_range=tv,format=yuv420p,pad=ceil(iw/2)*2:ceil(ih/2)*2' : '';
  const filter = ['-vf', `${TURN[rotationDegrees]}scale=${widthPx}:${heightPx}${planes}`];
  const output = ['-pix_fmt', pixels, '-vsync', 'passthrough', '-f', 'rawvideo', '/out'];
  return [...input, ...filter, ...output];
}

/** Cuts ffmpeg's output into frames; those before startFrame are counted and thrown away. */
function frameWriter() {
  let count = 0;
  let filled = 0;
  const write = (chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + ring.frameBytes - filled);
      if (count >= startFrame) {
        const slot = count - startFrame;
        if (filled === 0) waitForSlot(ring, slot);
        slotOf(ring, slot).set(part, filled);
      }
      at += part.length;
      filled += part.length;
      if (filled < ring.frameBytes) return;
      filled = 0;
      if (count++ >= startFrame) parentPort!.postMessage('frame' satisfies FrameReady);
    }
  };
  return { write, count: () => count };
}

function complaintOf(frames: number, reason: string): string | null {
  if (info.frames !== null && frames < info.frames) {
    return `The video ends early or is damaged: ${frames} of its ${info.frames} frames could be read${quoted(reason)}.`;
  }
  if (reason === '') return null;
  return `The video is damaged or ends early, ${frames} frames could be read${quoted(reason)}.`;
}

function quoted(reason: string): string {
  return reason === '' ? '' : ` ("${reason}")`;
}
