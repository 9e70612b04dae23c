/**
 * ffmpeg 5.1 as WebAssembly in a worker of the page (@ffmpeg/ffmpeg, @ffmpeg/core), from the page's own server, loaded only when somebody
 * asks for it. The video is mounted, not copied: only what is read of it comes into memory.
 *
 * What this build cannot do: decode AV1, use more than 2 GB of memory, run more than about a hundred times (its stack leaks).
 */

import wasmUrl from '@ffmpeg/core/wasm?gzip';
import coreUrl from '@ffmpeg/core?url';
import { FFFSType, FFmpeg } from '@ffmpeg/ffmpeg';

/** What to give to ffmpeg as its input. A play list may name only files of plain letters, so this one cannot name itself. */
export const INPUT = '/in/@in';

export interface OpenFfmpeg {
  ffmpeg: Pick<FFmpeg, 'readFile' | 'deleteFile' | 'listDir'>;
  /** Runs it to its end. @param onLine gets every line it prints. @throws Error with its last words where it fails. */
  run: (args: readonly string[], onLine?: (line: string) => void) => Promise<void>;
  close: () => void;
}

/**
 * A running instance with `video` as INPUT, to be closed. @param signal ends it at once, whatever it does.
 * @throws Error when it cannot be loaded.
 */
export async function openFfmpeg(video: Blob, signal: AbortSignal): Promise<OpenFfmpeg> {
  signal.throwIfAborted();
  const ffmpeg = new FFmpeg();
  const close = () => {
    signal.removeEventListener('abort', close);
    ffmpeg.terminate();
  };
  signal.addEventListener('abort', close);
  try {
    const wasmURL = URL.createObjectURL(await fetchUnpacked(absolute(wasmUrl), signal));
    try {
      await ffmpeg.load({ coreURL: absolute(coreUrl), wasmURL });
    } finally {
      URL.revokeObjectURL(wasmURL);
    }
    await ffmpeg.createDir('/in');
    await ffmpeg.mount(FFFSType.WORKERFS, { blobs: [{ name: INPUT.split('/').at(-1)!, data: video }] }, '/in');
  } catch (thrown) {
    close();
    throw asError(thrown);
  }
  return {
    ffmpeg,
    close,
    async run(args, onLine = () => {}) {
      let last = '';
      const hear = ({ message }: { message: string }) => {
        if (message !== 'Aborted()') last = message;
        onLine(message);
      };
      ffmpeg.on('log', hear);
      try {
        const code = await ffmpeg.exec(['-y', ...args]);
        if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${last}`);
      } catch (thrown) {
        throw asError(thrown);
      } finally {
        ffmpeg.off('log', hear);
      }
    },
  };
}

/** A file of the build that is gzipped (vite.config.ts); of the dev server as it is. @throws Error where it cannot be had. */
async function fetchUnpacked(url: string, signal: AbortSignal): Promise<Blob> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answers with ${response.status}.`);
  const packed = await response.blob();
  const [first, second] = new Uint8Array(await packed.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return packed;
  return new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).blob();
}

/** The worker's errors arrive as texts. */
function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function absolute(url: string): string {
  return new URL(url, document.baseURI).href;
}
