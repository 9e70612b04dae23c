/**
 * Writes small videos with the same ffmpeg build that the worker decodes with: for tests, demo data and benches.
 *
 * The container follows the file name's ending. Raw frames go through a temporary file, so a long video does not have to fit in
 * memory; the encoded one is held in memory before it is written. ffmpeg runs on the calling thread.
 */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { compileFfmpeg, loadFfmpeg } from '../gpu-worker/media/ffmpeg.ts';
import { mountHostFile } from '../gpu-worker/media/host-file.ts';

/** HEVC is not among them: x265 waits for threads that this build does not have. */
const ENCODERS = {
  /** B-frames and references as a camera or a screen recorder writes them. */
  h264: '-c:v libx264 -preset veryfast -bf 2 -pix_fmt yuv420p',
  mpeg4: '-c:v mpeg4 -q:v 2 -pix_fmt yuv420p',
  mjpeg: '-c:v mjpeg -q:v 2 -pix_fmt yuvj420p',
  vp8: '-c:v libvpx -b:v 2M -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -pix_fmt yuv420p',
  /** Lossless, since the encoder's other ways crash in this build. */
  vp9: '-c:v libvpx-vp9 -lossless 1 -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -pix_fmt yuv420p',
  /** Lossless: pixels come back as they went in. */
  ffv1: '-c:v ffv1',
} as const;
type Codec = keyof typeof ENCODERS;

/** In two passes, for only then libvpx writes the hidden frames (alternate references) that videos of the web have. */
const TWO_PASS: readonly Codec[] = ['vp8', 'vp9'];

export interface EncodeOptions {
  /** Even numbers for h264. */
  widthPx: number;
  heightPx: number;
  /** [H, W] gray or [H, W, 3] RGB, all alike. */
  frames: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  fps: number;
  codec: Codec;
  /** Further ffmpeg output options. */
  options?: readonly string[];
}

/** Encodes `frames` into the file `path`. */
export async function encodeVideo(path: string, video: EncodeOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'encode-'));
  try {
    const rawPath = join(folder, 'frames');
    const frameBytes = await writeFrames(rawPath, video.frames);
    const size = `${video.widthPx}x${video.heightPx}`;
    const pixels = frameBytes === video.widthPx * video.heightPx ? 'gray' : 'rgb24';
    const input = ['-f', 'rawvideo', '-pix_fmt', pixels, '-s', size, '-r', String(video.fps), '-i', '/in'];
    const once = [...input, ...ENCODERS[video.codec].split(' '), ...(video.options ?? [])];
    const passes = TWO_PASS.includes(video.codec) ? ['1', '2'].map(pass => [...once, '-pass', pass]) : [once];
    await runFfmpeg(rawPath, path, passes);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** So much is written at once: a write for each frame takes longer than encoding a small one. */
const WRITE_BYTES = 1 << 20;

/** Writes the frames behind one another. @returns the bytes of one. */
async function writeFrames(path: string, frames: EncodeOptions['frames']): Promise<number> {
  const file = await open(path, 'w');
  try {
    let frameBytes = 0;
    let [waiting, filled] = [new Uint8Array(0), 0];
    for await (const frame of frames) {
      frameBytes = frame.length;
      if (waiting.length === 0)
        waiting = new Uint8Array(Math.max(1, Math.floor(WRITE_BYTES / frameBytes)) * frameBytes);
      // A copy: a frame is valid until the next one is asked for.
      waiting.set(frame, filled);
      filled += frameBytes;
      if (filled < waiting.length) continue;
      await file.appendFile(waiting);
      filled = 0;
    }
    await file.appendFile(waiting.subarray(0, filled));
    return frameBytes;
  } finally {
    await file.close();
  }
}

/**
 * One run of `ffmpeg [inputOptions] -i inputPath [outputOptions] outputPath`; a further input may stand among `inputOptions`.
 * @throws Error with ffmpeg's last lines when it fails.
 */
export async function convertVideo(
  inputPath: string,
  outputPath: string,
  outputOptions: readonly string[],
  inputOptions: readonly string[] = [],
): Promise<void> {
  await runFfmpeg(inputPath, outputPath, [[...inputOptions, '-i', '/in', ...outputOptions]]);
}

/** Runs over the same input, `/in`, one after another in one instance; the last one's output is written to `outputPath`. */
async function runFfmpeg(inputPath: string, outputPath: string, runs: readonly string[][]): Promise<void> {
  const lines: string[] = [];
  const core = await loadFfmpeg(await compileFfmpeg(), line => lines.push(line));
  const close = mountHostFile(core.FS, 'in', inputPath);
  try {
    const name = `/out${extname(outputPath)}`;
    for (const options of runs) {
      const code = core.exec('-v', 'warning', '-y', ...options, name);
      if (code !== 0) throw new Error(`ffmpeg ended with ${code}:\n${lines.slice(-8).join('\n')}`);
    }
    await writeFile(outputPath, core.FS.readFile(name));
  } finally {
    close();
  }
}
