/** The decoder and nothing else: ffmpeg with the arguments that decodeVideo() gives it, what it writes is thrown away. */
import { workerData } from 'node:worker_threads';
import { type Decoding, decodeArguments } from '../../gpu-worker/media/decode-arguments.ts';
import { INPUT_NAME, loadFfmpeg, runToEnd } from '../../gpu-worker/media/ffmpeg.ts';
import { mountHostFile, mountSink } from '../../gpu-worker/media/host-file.ts';
import { answer } from '../../gpu-worker/media/thread.ts';

export type BareJob = Decoding & { path: string; program: WebAssembly.Module };

const { path, program, ...decoding }: BareJob = workerData;
/** @returns the bytes of all frames. */
await answer(async (): Promise<number> => {
  const core = await loadFfmpeg(program);
  const close = mountHostFile(core.FS, INPUT_NAME, path);
  let bytes = 0;
  mountSink(core.FS, 'times', () => {});
  mountSink(core.FS, 'out', chunk => {
    bytes += chunk.length;
  });
  runToEnd(() => core.exec(...decodeArguments(decoding)));
  close();
  return bytes;
});
