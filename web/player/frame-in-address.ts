/** `#/results/12?frame=40`: the address names the frame in sight, so that a link leads to it, and an address that is changed seeks. */
import { effect } from '@preact/signals';
import { replaceQuery, route } from '../frame/routes.ts';
import type { Playback } from './playback.ts';

/** Browsers refuse to change an address more than a few times a second. */
const WRITE_AFTER_MS = 400;

/** @returns 0 where the address names none. */
export function frameInAddress(): number {
  const frame = Number.parseInt(route.peek().query.get('frame') ?? '', 10);
  return frame >= 0 ? frame : 0;
}

/** Keeps both the same until the returned function is called. */
export function keepFrameInAddress({ shown, asked, seek }: Playback): () => void {
  let written = frameInAddress();
  let timer = 0;
  const stopReading = effect(() => {
    const named = route.value.query.get('frame');
    if (named === null || Number(named) === written) return;
    written = frameInAddress();
    seek(written);
  });
  const stopWriting = effect(() => {
    const frame = shown.value;
    if (asked.value !== null) return;
    clearTimeout(timer);
    if (frame === written) return;
    timer = window.setTimeout(() => {
      written = frame;
      replaceQuery({ frame });
    }, WRITE_AFTER_MS);
  });
  return () => {
    clearTimeout(timer);
    stopReading();
    stopWriting();
  };
}
