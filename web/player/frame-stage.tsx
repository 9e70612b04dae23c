/**
 * A stage without a video: single frames that are decoded when they are asked for, or the poses on an empty ground. It plays by its own
 * clock; where frames are decoded it shows one after another, however long that takes, and leaves none out.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { FrameSource } from './frame-source.ts';
import type { PlayerParts } from './player-parts.ts';
import { PoseCanvas } from './pose-canvas.tsx';

interface FrameStageProps {
  parts: PlayerParts;
  /** null: an empty ground. */
  source: FrameSource | null;
  /** No frame could be decoded. */
  onFailure: (failure: unknown) => void;
}

export function FrameStage({ parts, source, onFailure }: FrameStageProps) {
  const { playback } = parts;
  const picture = useSignal<ImageBitmap | null>(null);
  const isDecoding = useSignal(false);

  // What is in sight now is not what the stage before showed.
  useEffect(() => {
    if (playback.asked.peek() === null) playback.seek(playback.shown.peek());
    return () => {
      picture.peek()?.close();
      picture.value = null;
    };
  }, [source]);

  useSignalEffect(() => {
    const frame = playback.asked.value;
    if (frame === null || isDecoding.value) return;
    if (source === null) playback.show(frame, true);
    else void show(source, frame);
  });
  const show = async (from: FrameSource, frame: number) => {
    isDecoding.value = true;
    try {
      const bitmap = await from.picture(frame);
      if (from.isClosed) return bitmap.close(); // the stage is another by now
      const before = picture.peek();
      picture.value = bitmap;
      before?.close();
      playback.show(frame, playback.asked.peek() === frame);
    } catch (failure) {
      playback.isPlaying.value = false;
      playback.show(playback.shown.peek(), true);
      if (!from.isClosed) onFailure(failure);
    } finally {
      isDecoding.value = false;
    }
  };

  useSignalEffect(() => {
    if (playback.isPlaying.value) return play(parts, source === null);
  });
  return <PoseCanvas parts={parts} picture={picture} />;
}

/** Asks for one frame after another until the returned function is called. @param mayLeaveOut frames that there is no time for. */
function play({ playback, clock }: PlayerParts, mayLeaveOut: boolean): () => void {
  let request = 0;
  let beforeMs = performance.now();
  /** Since the frame in sight came, at the speed that is set. */
  let restSeconds = 0;
  const tick = (nowMs: number) => {
    request = requestAnimationFrame(tick);
    restSeconds += (Math.max(0, nowMs - beforeMs) / 1000) * playback.speed.peek();
    beforeMs = nowMs;
    if (playback.asked.peek() !== null) return;
    const shown = playback.shown.peek();
    if (shown >= playback.frames.peek() - 1) {
      playback.isPlaying.value = false;
      return;
    }
    const times = clock.peek();
    const shownSeconds = times.secondsOf(shown);
    const due = times.frameDuring(shownSeconds + restSeconds);
    if (due <= shown) return;
    const next = mayLeaveOut ? due : shown + 1;
    restSeconds = mayLeaveOut ? Math.max(0, shownSeconds + restSeconds - times.secondsOf(next)) : 0;
    playback.seek(next);
  };
  request = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(request);
}
