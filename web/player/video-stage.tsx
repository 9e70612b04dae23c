/**
 * The video in the browser's own player, and over it the pose of the very frame that is in sight.
 *
 * Which frame that is, the browser tells with requestVideoFrameCallback: `mediaTime` is the presentation time of the frame that it put on
 * the screen (WICG video-rvfc). Where there is none, currentTime must do. A seek aims at the middle of a frame's time; while one is
 * under way the next one waits, so that dragging shows frames instead of starving the decoder. Left out: sound.
 */
import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../language/language.ts';
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
}

export function VideoStage({ parts, src, onUnplayable }: VideoStageProps) {
  const { playback, clock } = parts;
  const element = useRef<HTMLVideoElement>(null);
  const isReady = useSignal(false);
  const hasFrame = useSignal(false);
  /** The frame that a seek is under way to; null: none is. */
  const aimed = useSignal<number | null>(null);

  useEffect(() => watchFrames(element.current!, parts, aimed, () => (hasFrame.value = true)), []);
  useSignalEffect(() => {
    const frame = playback.asked.value;
    if (!isReady.value || aimed.value !== null || frame === null) return;
    aimed.value = frame;
    element.current!.currentTime = clock.peek().aimFor(frame);
  });
  useSignalEffect(() => {
    const video = element.current!;
    video.playbackRate = playback.speed.value;
    if (!isReady.value) return;
    if (!playback.isPlaying.value) video.pause();
    else if (video.paused) {
      video.play().catch(() => {
        playback.isPlaying.value = false; // paused again before it began, or the browser refuses
      });
    }
  });
  useEffect(() => {
    const video = element.current!;
    return () => {
      // A file that is still loading holds a connection until the element lets go of it.
      video.removeAttribute('src');
      video.load();
    };
  }, []);

  return (
    <>
      <video
        ref={element}
        class="player-video"
        src={src}
        aria-label={t().video}
        preload="auto"
        muted
        playsInline
        disablePictureInPicture
        onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) => {
          if (videoWidth === 0) return onUnplayable();
          parts.takeSize({ widthPx: videoWidth, heightPx: videoHeight });
          isReady.value = true;
        }}
        onError={onUnplayable}
        onEnded={() => {
          playback.isPlaying.value = false;
        }}
      />
      {hasFrame.value && <PoseCanvas parts={parts} />}
    </>
  );
}

/** Tells the playback what is in sight, until the returned function is called. */
function watchFrames(
  video: HTMLVideoElement,
  { playback, clock }: PlayerParts,
  aimed: Signal<number | null>,
  onFirstFrame: () => void,
): () => void {
  const settle = (frame: number) => {
    const isUnderWay = video.seeking;
    // What was asked for since comes next.
    playback.show(frame, !isUnderWay && aimed.peek() === playback.asked.peek());
    onFirstFrame();
    if (!isUnderWay) aimed.value = null;
  };
  if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) {
    const look = () => {
      if (!video.seeking && video.readyState >= 2) settle(clock.peek().frameDuring(video.currentTime));
      request = requestAnimationFrame(look);
    };
    let request = requestAnimationFrame(look);
    return () => cancelAnimationFrame(request);
  }

  let timer = 0;
  const onFrame: VideoFrameRequestCallback = (_, { mediaTime }) => {
    clearTimeout(timer);
    settle(clock.peek().frameAt(mediaTime));
    request = video.requestVideoFrameCallback(onFrame);
  };
  const onSeeked = () => {
    clearTimeout(timer);
    const { shown } = playback;
    // Within the frame that is in sight: no other one will come.
    const waitMs = aimed.peek() === shown.peek() ? 0 : LONGEST_SEEK_MS;
    timer = window.setTimeout(() => settle(shown.peek()), waitMs);
  };
  let request = video.requestVideoFrameCallback(onFrame);
  video.addEventListener('seeked', onSeeked);
  return () => {
    clearTimeout(timer);
    video.cancelVideoFrameCallback(request);
    video.removeEventListener('seeked', onSeeked);
  };
}
