/**
 * Loads @ffmpeg/core (ffmpeg 5.1 as WebAssembly) without the browser class @ffmpeg/ffmpeg, whose constructor throws on Node.
 *
 * The module is compiled once per process and handed to threads; every file gets a fresh instance (27 ms), because repeated exec
 * calls leak stack and die after about 100. exec blocks its thread, so anything long belongs into one that can be terminated.
 * What the build cannot do: decode AV1, use more than 2 GB of memory, tell success from failure in ffprobe's return value.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import createFfmpegCore, { type FfmpegCore } from '@ffmpeg/core';

/**
 * What to call a mounted file of a stranger. A play list (ffconcat) may name only files of plain letters, so it cannot name itself:
 * one that does crashes ffprobe and makes ffmpeg run for ever. No other file exists for it to name.
 */
export const INPUT_NAME = '@in';

let compiled: Promise<WebAssembly.Module> | null = null;

/** The compiled program; it can be posted to a thread without copying. */
export function compileFfmpeg(): Promise<WebAssembly.Module> {
  compiled ??= readFile(createRequire(import.meta.url).resolve('@ffmpeg/core/wasm')).then(bytes =>
    WebAssembly.compile(bytes),
  );
  return compiled;
}

/**
 * A fresh instance for one file.
 * @param onLine gets every line ffmpeg prints.
 */
export async function loadFfmpeg(
  program: WebAssembly.Module,
  onLine: (line: string) => void = () => {},
): Promise<FfmpegCore> {
  const core = await withWorkerGlobal(() =>
    createFfmpegCore({
      instantiateWasm: (imports, done) => done(new WebAssembly.Instance(program, imports)),
    }),
  );
  core.setLogger(({ message }) => onLine(message));
  return core;
}

/**
 * Runs `exec` or `ffprobe` to its end, however it ends.
 * @returns the exit code, or what was thrown: a WebAssembly trap or Emscripten's ExitStatus, both seen with damaged files.
 */
export function runToEnd(run: () => number): { code: number; crash: null } | { code: null; crash: string } {
  try {
    return { code: run(), crash: null };
  } catch (thrown) {
    return { code: null, crash: `ffmpeg crashed: ${(thrown as { message?: string }).message ?? thrown}` };
  }
}

/** The core is built for browsers' workers and reads `self.location.href` once, while it is being created. */
function withWorkerGlobal<T>(create: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'self');
  Object.defineProperty(globalThis, 'self', { value: { location: { href: '' } }, configurable: true });
  try {
    return create();
  } finally {
    if (before) Object.defineProperty(globalThis, 'self', before);
    else Reflect.deleteProperty(globalThis, 'self');
  }
}
