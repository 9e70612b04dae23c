/**
 * The player of results: the video with what was found in it, frame by frame, its traces, and the points of the frame in sight as numbers.
 * A video that the browser cannot play is converted here or shown as single frames; until then, poses stand on an empty ground.
 */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { urlOf } from '../api/client.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { Controls } from './controls.tsx';
import { videoPath } from './fetch-video.ts';
import { FrameClock } from './frame-clock.ts';
import { frameInAddress, keepFrameInAddress } from './frame-in-address.ts';
import type { FrameSource } from './frame-source.ts';
import { FrameStage } from './frame-stage.tsx';
import { KeypointsTable } from './keypoints-table.tsx';
import { listenToKeys } from './keys.ts';
import { LookSettings } from './look-settings.tsx';
import { createPlayback } from './playback.ts';
import './player.css';
import type { PictureSize, PlayerParts } from './player-parts.ts';
import { usePredictions } from './predictions.ts';
import { createSettings } from './settings.ts';
import { Traces } from './traces.tsx';
import { Unplayable } from './unplayable.tsx';
import { VideoStage } from './video-stage.tsx';

const t = words({
  en: {
    player: 'Video with keypoints',
    notRead: 'The predictions could not be read',
    again: 'Read them again',
    broken: 'The frame could not be decoded',
    short: 'The video was converted in part',
  },
  ru: {
    player: 'Видео с ключевыми точками',
    notRead: 'Предсказания не удалось прочитать',
    again: 'Прочитать снова',
    broken: 'Кадр не удалось раскодировать',
    short: 'Видео преобразовано не целиком',
  },
});

/** What the stage shows. */
type Showing =
  | { kind: 'video'; url: string; isConverted: boolean; warning: string | null }
  | { kind: 'frames'; source: FrameSource }
  | { kind: 'poses' };

const NO_SIZE: PictureSize = { widthPx: 640, heightPx: 480 };

export function Player({ inference }: { inference: InferenceResource }) {
  const id = inference.results_id;
  const predictions = usePredictions(inference);
  const video = useSignal(inference.video);
  useEffect(() => {
    video.value = inference.video;
  }, [inference.video]);
  const showing = useSignal<Showing>({ kind: 'video', url: urlOf(videoPath(id)), isConverted: false, warning: null });
  const stageFailure = useSignal<string | null>(null);
  const cutFrames = useSignal(0);
  const seenSize = useSignal<PictureSize | null>(null);

  const clock = useComputed(() => {
    const { columns } = predictions.growing.value;
    const { fps = null, frames = null, variable_rate = null } = video.value ?? {};
    return new FrameClock(columns, { fps, frames, isEven: variable_rate === false });
  });
  const picture = useComputed(() => {
    const { value: told } = video;
    const size = told ? { widthPx: told.width_px, heightPx: told.height_px } : (seenSize.value ?? NO_SIZE);
    const { value: now } = showing;
    // A converted video has a row or a column more where it had an odd number of them.
    return now.kind === 'video' && now.isConverted ? evenSize(size) : size;
  });
  const parts = useMemo<PlayerParts>(
    () => ({
      ...{ inference, predictions, clock, picture },
      playback: createPlayback(frameInAddress()),
      settings: createSettings(),
      takeSize: size => {
        seenSize.value = size;
      },
    }),
    [id],
  );
  const { playback } = parts;
  useSignalEffect(() => {
    playback.frames.value = clock.value.frames;
  });

  const root = useRef<HTMLElement>(null);
  useEffect(() => keepFrameInAddress(playback), [playback]);
  useEffect(() => listenToKeys(playback, element => root.current!.contains(element)), [playback]);
  useEffect(() => () => letGo(showing.peek()), []);
  const show = (next: Showing) => {
    playback.isPlaying.value = false;
    letGo(showing.peek());
    showing.value = next;
    stageFailure.value = null;
    cutFrames.value = 0;
    // The stage that follows has shown nothing yet.
    if (playback.asked.peek() === null) playback.seek(playback.shown.peek());
  };

  const { value: now } = showing;
  const { widthPx, heightPx } = picture.value;
  const failure = predictions.failure.value;
  const screen = useRef<HTMLDivElement>(null);
  return (
    <section ref={root} class="player stack" aria-label={t().player}>
      {failure && (
        <div class="stack">
          <Notices notices={[failureNotice(t().notRead, failure)]} />
          <div>
            <button type="button" onClick={() => void predictions.catchUp(inference.frames_stored)}>
              {t().again}
            </button>
          </div>
        </div>
      )}
      {(now.kind === 'poses' || cutFrames.value > 0) && (
        <Unplayable
          parts={parts}
          codec={video.value?.codec ?? null}
          cutFrames={cutFrames.value}
          onConverted={(mp4, warning) =>
            show({ kind: 'video', url: URL.createObjectURL(mp4), isConverted: true, warning })
          }
          onFrames={source => show({ kind: 'frames', source })}
        />
      )}
      <Notices notices={stageNotices(stageFailure.value, now)} />
      <div class="player-main">
        <div ref={screen} class="player-screen">
          <div class="player-stage" style={{ '--width': widthPx, '--height': heightPx }}>
            {now.kind === 'video' ? (
              <VideoStage
                key={now.url}
                {...{ parts, src: now.url }}
                onUnplayable={() => show({ kind: 'poses' })}
                onCut={frames => {
                  cutFrames.value = frames;
                }}
              />
            ) : (
              <FrameStage
                parts={parts}
                source={now.kind === 'frames' ? now.source : null}
                onFailure={thrown => {
                  stageFailure.value = thrown instanceof Error ? thrown.message : String(thrown);
                }}
              />
            )}
          </div>
          <Controls parts={parts} onFullScreen={() => toggleFullScreen(screen.current!)} />
        </div>
        <div class="player-side">
          <KeypointsTable parts={parts} />
          <LookSettings parts={parts} />
        </div>
      </div>
      <Traces parts={parts} />
    </section>
  );
}

function stageNotices(failure: string | null, showing: Showing) {
  const warning = showing.kind === 'video' ? showing.warning : null;
  return [
    ...(failure === null ? [] : [{ tone: 'bad' as const, title: t().broken, text: failure }]),
    ...(warning === null ? [] : [{ tone: 'warn' as const, title: t().short, text: warning }]),
  ];
}

/** Of what holds memory. */
function letGo(showing: Showing): void {
  if (showing.kind === 'frames') showing.source.close();
  if (showing.kind === 'video' && showing.isConverted) URL.revokeObjectURL(showing.url);
}

function evenSize({ widthPx, heightPx }: PictureSize): PictureSize {
  return { widthPx: widthPx + (widthPx % 2), heightPx: heightPx + (heightPx % 2) };
}

function toggleFullScreen(element: HTMLElement): void {
  // Refused by a page that may not: nothing is lost.
  if (document.fullscreenElement) void document.exitFullscreen();
  else element.requestFullscreen().catch(() => {});
}
