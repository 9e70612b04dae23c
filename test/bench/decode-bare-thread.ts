/** The decoder and nothing else: ffmpeg with the arguments that decodeVideo() gives it, what it writes is thrown away. */
import { workerData } from 'node:worker_threads';
import { answer } from '../../gpu-worker/media/answer.ts';
import { type Decoding, decodeArguments } from '../../gpu-worker/media/decode-arguments.ts';
import { INPUT_NAME, loadFfmpeg, runToEnd } from '../../gpu-worker/media/ffmpeg.ts';
import { mountHostFile, mountSink } from '../../gpu-worker/media/host-file.ts';

export interface BareJob extends Decoding {
  path: string;
  program: WebAssembly.Module;
  /** What ffmpeg itself scales frames to, bilinear; null: not. */
  scaledTo: { widthPx: number; heightPx: number } | null;
}

const { path, program, scaledTo, ...decoding }: BareJob = workerData;
/** @returns the bytes of all frames. */
await answer(async (): Promise<number> => {
  const core = await loadFfmpeg(program);
  const close = mountHostFile(core.FS, INPUT_NAME, path);
  let bytes = 0;
  mountSink(core.FS, 'times', () => {});
  mountSink(core.FS, 'out', chunk => {
    bytes += chunk.length;
  });
  const given = decodeArguments(decoding);
  const filters = given.indexOf('-vf') + 1;
  if (scaledTo) given[filters] += `,scale=${scaledTo.widthPx}:${scaledTo.heightPx}:flags=bilinear`;
  runToEnd(() => core.exec(...given));
  close();
  return bytes;
});
