/** The part of the untyped package `@ffmpeg/core` 0.12 (an Emscripten module) that this service uses. */
declare module '@ffmpeg/core' {
  import type { EmscriptenFs } from './host-file.ts';

  export interface FfmpegCore {
    FS: EmscriptenFs;
    /** Runs `ffmpeg` to its end on this thread; returns the exit code, -1 after an abort. */
    exec(...args: string[]): number;
    /** Runs `ffprobe`; its return value says nothing (always -1). */
    ffprobe(...args: string[]): number;
    setLogger(logger: (line: { type: 'stdout' | 'stderr'; message: string }) => void): void;
  }

  export interface FfmpegCoreOptions {
    instantiateWasm(
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => WebAssembly.Exports,
    ): WebAssembly.Exports;
  }

  export default function createFfmpegCore(options: FfmpegCoreOptions): Promise<FfmpegCore>;
}
