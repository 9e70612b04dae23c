/**
 * The video in the browser's own player, and over it the pose of the very frame that is in sight.
 *
 * Which frame that is, the browser tells with requestVideoFrameCallback: `mediaTime` is the presentation time of the frame that it put on
 * the screen (WICG video-rvfc). Where there is none, currentTime must do. A seek aims at the middle of a frame's time; while one is
 * under way the next one waits, so that dragging shows frames instead of starving the decoder. Left out: sound.
 */
import { type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../language/language.ts';
import { targetOf } from './playback.ts';
import type { PlayerParts } from './player-parts.ts';
import { PoseCanvas } from './pose-canvas.tsx';

const t = words({
  en: { video: 'The video, with the keypoints drawn over it' },
  ru: { video: 'Видео с ключевыми точками поверх' },
});

/** A seek that brings no frame into sight, as one behind the end, is over after this. */
const LONGEST_SEEK_MS = 1500;

interface VideoStageProps {
  parts: PlayerParts;
  /** Address of the video; give the stage a key of it, for it never changes its video. */
  src: string;
  /** The browser cannot show it. */
  onUnplayable: () => void;
  /** Told how many frames at the end the browser never shows: Chromium leaves a late first frame out of the duration, and ends too early. */
  onCut: (frames: number) => void;
}

export function VideoStage({ parts, src, onUnplayable, onCut }: VideoStageProps) {
  const { playback, clock, predictions } = parts;
  const element = useRef<HTMLVideoElement>(null);
  /** When the player shows the first frame; null: it has shown none yet. */
  const firstSeconds = useSignal<number | null>(null);
  /** Of the frame in sight, by the player's count. */
  const mediaSeconds = useSignal(0);
  const durationSeconds = useSignal(Number.POSITIVE_INFINITY);
  /** The frame that was sought last, if it lies behind the end that the browser knows of; it may come to know better when it gets there. */
  const behindEnd = useSignal<number | null>(null);
  /** The frame that a seek is under way to; null: none is. */
  const aimed = useSignal<number | null>(null);
  const delay = useComputed(() => (firstSeconds.value === null ? 0 : clock.value.delayOf(firstSeconds.value)));

  const settle = () => {
    const isUnderWay = element.current!.seeking;
    // What was asked for since comes next.
    const isAnswer = !isUnderWay && aimed.peek() === playback.asked.peek();
    playback.show(clock.peek().frameAt(mediaSeconds.peek() - delay.peek()), isAnswer);
    if (!isUnderWay) aimed.value = null;
  };
  const takeFrame = (seconds: number) => {
    const isFirst = firstSeconds.peek() === null;
    mediaSeconds.value = seconds;
    if (isFirst) firstSeconds.value = seconds;
    else settle();
  };
  useEffect(() => {
    const video = element.current!;
    const unwatch = watchFrames(video, { onFrame: takeFrame, onNoFrame: settle, clock, playback, aimed });
    // Not before: a first frame that comes while nobody asks for one is never told of.
    video.src = src;
    return () => {
      unwatch();
      // A file that is still loading holds a connection until the element lets go of it.
      video.removeAttribute('src');
      video.load();
    };
  }, []);
  useSignalEffect(() => {
    const frame = playback.asked.value;
    if (firstSeconds.value === null || aimed.value !== null || frame === null) return;
    // Without its time, and that of the next one, it would be sought in the wrong place.
    const { columns } = predictions.growing.value;
    if (predictions.isReading.value && columns.rowUpTo(frame) >= columns.length - 1) return;
    aimed.value = frame;
    const seconds = clock.peek().secondsOf(frame) + delay.peek();
    behindEnd.value = seconds > durationSeconds.peek() ? frame : null;
    element.current!.currentTime = clock.peek().aimFor(frame) + delay.peek();
  });
  useSignalEffect(() => {
    if (firstSeconds.value === null || predictions.isReading.value) return;
    onCut(behindEnd.value === null ? 0 : clock.value.framesBehindEnd(durationSeconds.value - delay.value));
  });
  // Times that arrived since may tell another number.
  useSignalEffect(() => {
    const frame = clock.value.frameAt(mediaSeconds.peek() - delay.value);
    if (firstSeconds.peek() !== null) playback.show(frame, false);
  });
  useSignalEffect(() => {
    const video = element.current!;
    video.playbackRate = playback.speed.value;
    if (firstSeconds.value === null) return;
    if (!playback.isPlaying.value) {
      if (video.paused) return;
      video.pause();
      // The player may be a frame ahead of what it told: back to that one.
      playback.seek(targetOf(playback));
    } else if (video.paused) {
      video.play().catch(() => {
        playback.isPlaying.value = false; // paused again before it began, or the browser refuses
      });
    }
  });
  return (
    <>
      <video
        ref={element}
        class="player-video"
        aria-label={t().video}
        preload="auto"
        muted
        playsInline
        disablePictureInPicture
        onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) => {
          if (videoWidth === 0) onUnplayable();
          else parts.takeSize({ widthPx: videoWidth, heightPx: videoHeight });
        }}
        onDurationChange={({ currentTarget: { duration } }) => {
          if (Number.isNaN(duration)) return;
          durationSeconds.value = duration;
          if (behindEnd.peek() !== null) playback.seek(behindEnd.peek()!);
        }}
        onError={onUnplayable}
        onEnded={() => {
          playback.isPlaying.value = false;
        }}
      />
      {firstSeconds.value !== null && <PoseCanvas parts={parts} />}
    </>
  );
}

interface FrameWatcher extends Pick<PlayerParts, 'clock' | 'playback'> {
  /** A frame came into sight. @param mediaSeconds its time. */
  onFrame: (mediaSeconds: number) => void;
  /** A seek has ended without one. */
  onNoFrame: () => void;
  aimed: Signal<number | null>;
}

/** Tells of each frame that comes into sight, until the returned function is called. */
function watchFrames(
  video: HTMLVideoElement,
  { onFrame, onNoFrame, clock, playback, aimed }: FrameWatcher,
): () => void {
  if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) {
    const look = () => {
      if (!video.seeking && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        onFrame(clock.peek().secondsOf(clock.peek().frameDuring(video.currentTime)));
      }
      request = requestAnimationFrame(look);
    };
    let request = requestAnimationFrame(look);
    return () => cancelAnimationFrame(request);
  }

  let timer = 0;
  const take: VideoFrameRequestCallback = (_, { mediaTime }) => {
    clearTimeout(timer);
    // First, since what is done with this frame may bring the next one.
    request = video.requestVideoFrameCallback(take);
    onFrame(mediaTime);
  };
  const onSeeked = () => {
    clearTimeout(timer);
    // Within the frame that is in sight: no other one will come.
    timer = window.setTimeout(onNoFrame, aimed.peek() === playback.shown.peek() ? 0 : LONGEST_SEEK_MS);
  };
  let request = video.requestVideoFrameCallback(take);
  video.addEventListener('seeked', onSeeked);
  return () => {
    clearTimeout(timer);
    video.cancelVideoFrameCallback(request);
    video.removeEventListener('seeked', onSeeked);
  };
}
