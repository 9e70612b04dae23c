/**
 * Decoding a video in the page because the browser's own player cannot: it is fetched as a whole, and ffmpeg converts it or takes single frames
 * out of it. One thing at a time, which can be ended; leaving the view ends it, too.
 */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fetchVideo, videoBytes } from './fetch-video.ts';
import type { FrameSource } from './frame-source.ts';
import type { PlayerParts } from './player-parts.ts';

export type Work =
  | { step: 'fetching'; doneBytes: number }
  | { step: 'loading' }
  | { step: 'converting'; doneFrames: number; allFrames: number };

export interface DecodeHere {
  /** Of the video; null until it is known. */
  sizeBytes: ReadonlySignal<number | null>;
  /** null: nothing is under way. */
  work: ReadonlySignal<Work | null>;
  /** What was thrown last. */
  failure: ReadonlySignal<unknown>;
  convert: () => void;
  showFrames: () => void;
  cancel: () => void;
}

interface DecodeOptions {
  parts: PlayerParts;
  /** @param doneFrames fewer than allFrames where the video breaks off. */
  onConverted: (mp4: Blob, doneFrames: number, allFrames: number) => void;
  onFrames: (source: FrameSource) => void;
}

export function useDecodeHere({ parts, onConverted, onFrames }: DecodeOptions): DecodeHere {
  const { clock, playback } = parts;
  const id = parts.inference.results_id;
  const sizeBytes = useSignal<number | null>(null);
  const work = useSignal<Work | null>(null);
  const failure = useSignal<unknown>(null);
  const ending = useSignal(new AbortController());

  useEffect(() => {
    const asking = new AbortController();
    videoBytes(id, asking.signal).then(
      bytes => {
        sizeBytes.value = bytes;
      },
      thrown => {
        if (!asking.signal.aborted) failure.value = thrown;
      },
    );
    return () => {
      asking.abort();
      ending.peek().abort();
    };
  }, []);

  const begin = async (decode: (video: Blob, signal: AbortSignal) => Promise<void>) => {
    const { signal } = (ending.value = new AbortController());
    failure.value = null;
    const onBytes = (doneBytes: number) => {
      work.value = { step: 'fetching', doneBytes };
    };
    try {
      onBytes(0);
      const video = await fetchVideo(id, { onBytes, signal });
      work.value = { step: 'loading' };
      await decode(video, signal);
    } catch (thrown) {
      if (!signal.aborted) failure.value = thrown;
    } finally {
      work.value = null;
    }
  };
  const convert = async (video: Blob, signal: AbortSignal) => {
    const allFrames = clock.peek().frames;
    const { convertToMp4 } = await import('./convert.ts');
    const report = (doneFrames: number) => {
      work.value = { step: 'converting', doneFrames, allFrames };
    };
    const { mp4, frames } = await convertToMp4(video, { onFrames: report, signal });
    onConverted(mp4, frames, allFrames);
  };
  const openFrames = async (video: Blob, signal: AbortSignal) => {
    const { FrameSource } = await import('./frame-source.ts');
    const source = new FrameSource(video, () => clock.peek());
    try {
      (await source.picture(playback.shown.peek())).close();
      signal.throwIfAborted();
    } catch (thrown) {
      source.close();
      throw thrown;
    }
    onFrames(source);
  };
  return {
    ...{ sizeBytes, work, failure },
    convert: () => void begin(convert),
    showFrames: () => void begin(openFrames),
    cancel: () => ending.peek().abort(),
  };
}
