/** The video with what was found drawn into it: asking for one, watching it being made, saving it, making it anew with other settings. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { InferenceResource, OverlayResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client, urlOf } from '../api/client.ts';
import { openCountedStream } from '../frame/connection.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { formatProgress, isEnded, phaseOf, statusOf } from '../language/state-words.ts';
import './exports.css';
import { formatPace } from './inference-words.ts';
import { TextField } from './setting-field.tsx';
import { overlayText, readOverlayText } from './setting-values.ts';

const t = words({
  en: {
    title: 'Video with the points drawn in',
    text: 'An MP4 file that every player and presentation shows.',
    waits: 'It can be made once the video has been predicted.',
    nothing: 'Nothing was predicted that could be drawn.',
    radius: 'Radius, px',
    radiusHint: 'Of a keypoint, in pixels of the video. Empty: by the size of the video.',
    radiusFault: 'A number above 0, at most 100, or nothing.',
    trail: 'Trail, frames',
    trailHint: 'Earlier frames drawn as a line behind each keypoint.',
    trailFault: 'A whole number from 0 to 1000.',
    threshold: 'Threshold',
    thresholdHint: 'Keypoints with a lower score are left out. Empty: none is.',
    thresholdFault: 'A number from 0 to 1, or nothing.',
    auto: 'automatic',
    all: 'all found',
    make: 'Make the video',
    remake: 'Make it anew',
    cancel: 'Cancel',
    download: 'Download the video',
    earlier: 'An earlier one can be downloaded until the new one is finished.',
    notMade: 'The video was not made',
    notAsked: 'It was not asked for',
    notCanceled: 'It was not canceled',
  },
  ru: {
    title: 'Видео с нарисованными точками',
    text: 'Файл MP4, который покажет любой проигрыватель и презентация.',
    waits: 'Его можно сделать, когда видео будет обработано.',
    nothing: 'Рисовать нечего: ни один кадр не обработан.',
    radius: 'Радиус, пикс.',
    radiusHint: 'Радиус точки в пикселях видео. Пусто: по размеру видео.',
    radiusFault: 'Число больше 0, не больше 100, или ничего.',
    trail: 'След, кадров',
    trailHint: 'Прежние кадры рисуются линией за каждой точкой.',
    trailFault: 'Целое число от 0 до 1000.',
    threshold: 'Порог',
    thresholdHint: 'Точки с меньшей оценкой не рисуются. Пусто: рисуются все.',
    thresholdFault: 'Число от 0 до 1 или ничего.',
    auto: 'авто',
    all: 'все найденные',
    make: 'Сделать видео',
    remake: 'Сделать заново',
    cancel: 'Отменить',
    download: 'Скачать видео',
    earlier: 'Пока новое не готово, можно скачать прежнее.',
    notMade: 'Видео сделать не удалось',
    notAsked: 'Запустить не удалось',
    notCanceled: 'Отменить не удалось',
  },
});

export function Overlay({ inference }: { inference: InferenceResource }) {
  const word = t();
  const { results_id: id, state, frames_stored: stored } = inference;
  const overlay = useSignal(inference.overlay);
  useEffect(() => {
    overlay.value = inference.overlay;
  }, [inference.overlay]);
  const now = overlay.value;
  const isOpen = now !== null && !isEnded(now.state);
  useFollowed(id, isOpen, overlay);
  const text = useSignal(overlayText(inference.overlay?.overlay_config));
  const fault = useSignal<Notice | null>(null);
  const isBusy = useSignal(false);
  const { config, faults } = readOverlayText(text.value);
  const bind = (name: keyof typeof text.value, sentence: string) => ({
    value: text.value[name],
    fault: faults.includes(name) ? sentence : null,
    onChange: (value: string) => {
      text.value = { ...text.value, [name]: value };
    },
  });

  /** Does it, tells why it could not be done, and takes what the service says then. */
  const act = async (failed: string, request: () => Promise<unknown>) => {
    isBusy.value = true;
    fault.value = null;
    try {
      await request();
      overlay.value = (await client.inference(id)).overlay;
    } catch (thrown) {
      fault.value = failureNotice(failed, asFailure(thrown));
    } finally {
      isBusy.value = false;
    }
  };
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    if (faults.length === 0) void act(word.notAsked, () => client.overlay(id, config));
  };
  const cannot = !isEnded(state) ? word.waits : stored === 0 ? word.nothing : null;
  return (
    <form class="card stack overlay" onSubmit={make} noValidate>
      <header>
        <h2>{word.title}</h2>
        {now && !isOpen && now.state !== 'failed' && <State overlay={now} />}
      </header>
      <p class="muted">{cannot ?? word.text}</p>
      {cannot === null && (
        <>
          <div class="overlay-settings">
            <TextField
              {...bind('radius_px', word.radiusFault)}
              {...{ label: word.radius, hint: word.radiusHint, placeholder: word.auto }}
            />
            <TextField
              {...bind('trail_length', word.trailFault)}
              {...{ label: word.trail, hint: word.trailHint, keyboard: 'numeric' }}
            />
            <TextField
              {...bind('peak_threshold', word.thresholdFault)}
              {...{ label: word.threshold, hint: word.thresholdHint, placeholder: word.all }}
            />
          </div>
          <div role="status" class="stack">
            {isOpen && <Making overlay={now} />}
          </div>
          <Notices notices={[fault.value, failed(now)].filter(notice => notice !== null)} />
          <div class="row">
            {isOpen ? (
              <button
                type="button"
                disabled={isBusy.value}
                onClick={() => void act(word.notCanceled, () => client.cancelTask(now.task_id))}
              >
                {word.cancel}
              </button>
            ) : (
              <button type="submit" class={now?.ready ? '' : 'primary'} disabled={isBusy.value || faults.length > 0}>
                {now?.ready ? word.remake : word.make}
              </button>
            )}
            {now?.ready && (
              <a class="button" download href={urlOf(`/api/inferences/${id}/overlay.mp4`)}>
                {word.download}
              </a>
            )}
            {now?.ready && isOpen && <span class="small muted">{word.earlier}</span>}
          </div>
        </>
      )}
    </form>
  );
}

/** While one is being made its news comes by the inference's own stream, which ends with it. */
function useFollowed(id: number, isOpen: boolean, overlay: Signal<OverlayResource | null>): void {
  useEffect(() => {
    if (!isOpen) return;
    const ask = async () => {
      try {
        overlay.value = (await client.inference(id)).overlay;
      } catch (thrown) {
        // The stream is opened again until it works; the frame says that the connection is lost.
        asFailure(thrown);
      }
    };
    const stream = openCountedStream({
      url: urlOf(`/api/inferences/${id}/events?events=inference`),
      on: {
        inference: data => {
          overlay.value = (data as InferenceResource).overlay;
        },
      },
      onRefused: () => void ask(),
    });
    return () => stream.close();
  }, [id, isOpen]);
}

function State({ overlay }: { overlay: OverlayResource }) {
  const { word, tone } = statusOf({ state: overlay.state, control: null, stopped_early: false }, 'overlay');
  return <span class={`state ${tone}`}>{word}</span>;
}

function Making({ overlay }: { overlay: OverlayResource }) {
  const { progress } = overlay;
  const phase = phaseOf({ ...overlay, waiting_before: null });
  const pace = progress && formatPace(progress);
  return (
    <>
      <div class="row">
        <State overlay={overlay} />
        <span class="small muted">
          {phase}
          {progress && `: ${formatProgress(progress)}`}
          {pace && `, ${pace}`}
        </span>
      </div>
      {progress?.total ? <progress max={progress.total} value={progress.done} aria-label={phase} /> : null}
    </>
  );
}

function failed(overlay: OverlayResource | null): Notice | null {
  if (overlay?.state !== 'failed' || overlay.error === null) return null;
  const { code, message, remedy } = overlay.error;
  return failureNotice(t().notMade, { code: code as Parameters<typeof failureNotice>[1]['code'], message, remedy });
}
