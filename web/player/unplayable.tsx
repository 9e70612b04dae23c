/**
 * What to do with a video that the browser cannot play, or not to its end: convert it here, look at single frames of it, or look at the poses alone. Says what
 * that costs before it begins, how far it is while it goes on, and lets itself be ended.
 */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { SleapError } from '../../client/sleap-error.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { forms, words } from '../language/language.ts';
import { formatBytes, formatCount } from '../language/numbers.ts';
import { fetchVideo, videoBytes } from './fetch-video.ts';
import type { FrameSource } from './frame-source.ts';
import type { PlayerParts } from './player-parts.ts';

/** Of @ffmpeg/core 0.12.10, as it is sent. */
const FFMPEG_BYTES = 10_400_000;
/** The video and the converted one have to fit into the memory of a tab. */
const MOST_BYTES = 1_000_000_000;

const t = words({
  en: {
    title: (codec: string) => `This browser cannot play the video${codec}.`,
    text: (ffmpeg: string, video: string) =>
      `It can be decoded here by ffmpeg (${ffmpeg}, loaded once)${video}. Nothing leaves this machine. Until then you see the poses alone.`,
    ofVideo: (size: string) => ` from the video (${size})`,
    tooLarge: (size: string, most: string) =>
      `At ${size} it is too large to be decoded in a browser, which has room for ${most}. You see the poses alone; have an overlay video made instead.`,
    cutTitle: (n: number) => `This browser leaves out the last ${formatCount(n)} ${forms(n, 'frame', 'frames')}.`,
    cutText: (ffmpeg: string, video: string) =>
      `The video begins late, and the browser ends it too early. Shown as frames, by ffmpeg (${ffmpeg}, loaded once)${video}, all are there. Nothing leaves this machine.`,
    cutTooLarge: (size: string, most: string) =>
      `At ${size} the video is too large to be decoded in a browser, which has room for ${most}; have an overlay video made instead.`,
    convert: 'Convert in this browser',
    frames: 'Show as frames',
    cancel: 'Cancel',
    notDone: 'The video could not be decoded',
    fetching: (done: string) => `Fetching the video: ${done}`,
    loading: 'Loading ffmpeg…',
    converting: (done: string, all: string) => `Converting: ${done} of ${all} frames`,
    short: (frames: string, all: string) => `Only ${frames} of ${all} frames could be converted.`,
  },
  ru: {
    title: (codec: string) => `Этот браузер не умеет показывать видео${codec}.`,
    text: (ffmpeg: string, video: string) =>
      `Его можно раскодировать прямо здесь с помощью ffmpeg (${ffmpeg}, загружается один раз)${video}. Ничего никуда не отправляется. Пока видны только точки.`,
    ofVideo: (size: string) => ` из видео (${size})`,
    tooLarge: (size: string, most: string) =>
      `Видео (${size}) слишком велико, чтобы раскодировать его в браузере: предел — ${most}. Видны только точки; вместо этого сделайте видео с точками.`,
    cutTitle: (n: number) =>
      `Этот браузер не показывает ${forms(n, 'последний', 'последние', 'последние')} ${formatCount(n)} ${forms(n, 'кадр', 'кадра', 'кадров')}.`,
    cutText: (ffmpeg: string, video: string) =>
      `Видео начинается не с нуля, и браузер обрывает его раньше конца. По кадрам, с помощью ffmpeg (${ffmpeg}, загружается один раз)${video}, видны все. Ничего никуда не отправляется.`,
    cutTooLarge: (size: string, most: string) =>
      `Видео (${size}) слишком велико, чтобы раскодировать его в браузере: предел — ${most}. Вместо этого сделайте видео с точками.`,
    convert: 'Преобразовать в браузере',
    frames: 'Показать по кадрам',
    cancel: 'Отменить',
    notDone: 'Видео не удалось раскодировать',
    fetching: (done: string) => `Загружается видео: ${done}`,
    loading: 'Загружается ffmpeg…',
    converting: (done: string, all: string) => `Преобразовано кадров: ${done} из ${all}`,
    short: (frames: string, all: string) => `Преобразовать удалось только ${frames} из ${all} кадров.`,
  },
});

interface UnplayableProps {
  parts: PlayerParts;
  codec: string | null;
  /** It is played, but for so many frames at its end; 0: it is not played. */
  cutFrames: number;
  onConverted: (mp4: Blob, warning: string | null) => void;
  onFrames: (source: FrameSource) => void;
}

interface Work {
  text: string;
  /** null: not known. */
  share: number | null;
}

export function Unplayable({ parts, codec, cutFrames, onConverted, onFrames }: UnplayableProps) {
  const { clock } = parts;
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
    try {
      const onBytes = (bytes: number) => {
        const all = sizeBytes.peek();
        work.value = { text: t().fetching(formatBytes(bytes)), share: all ? bytes / all : null };
      };
      onBytes(0);
      const video = await fetchVideo(id, { onBytes, signal });
      work.value = { text: t().loading, share: null };
      await decode(video, signal);
    } catch (thrown) {
      if (!signal.aborted) failure.value = thrown;
    } finally {
      work.value = null;
    }
  };
  const convert = () =>
    begin(async (video, signal) => {
      const all = clock.peek().frames;
      const { convertToMp4 } = await import('./convert.ts');
      const onFrames = (done: number) => {
        const text = t().converting(formatCount(done), formatCount(all));
        work.value = { text, share: all > 0 ? Math.min(1, done / all) : null };
      };
      const { mp4, frames } = await convertToMp4(video, { onFrames, signal });
      onConverted(mp4, frames < all ? t().short(formatCount(frames), formatCount(all)) : null);
    });
  const showFrames = () =>
    begin(async (video, signal) => {
      const { FrameSource } = await import('./frame-source.ts');
      const source = new FrameSource(video, () => clock.peek());
      try {
        (await source.picture(parts.playback.shown.peek())).close();
        signal.throwIfAborted();
      } catch (thrown) {
        source.close();
        throw thrown;
      }
      onFrames(source);
    });

  const isTooLarge = (sizeBytes.value ?? 0) > MOST_BYTES;
  const { value: now } = work;
  const size = sizeBytes.value === null ? '' : t().ofVideo(formatBytes(sizeBytes.value));
  const isCut = cutFrames > 0;
  const title = isCut ? t().cutTitle(cutFrames) : t().title(codec ? ` (${codec})` : '');
  const text = isCut ? t().cutText : t().text;
  const tooLarge = isCut ? t().cutTooLarge : t().tooLarge;
  return (
    <section class="player-unplayable stack" aria-label={isCut ? title : t().title('')}>
      <p>
        <strong>{title}</strong>{' '}
        {isTooLarge
          ? tooLarge(formatBytes(sizeBytes.value!), formatBytes(MOST_BYTES))
          : text(formatBytes(FFMPEG_BYTES), size)}
      </p>
      <div class="row">
        {now === null ? (
          <>
            {/* Converted, it would begin as late. */}
            {!isCut && (
              <button type="button" class="primary" disabled={isTooLarge} onClick={convert}>
                {t().convert}
              </button>
            )}
            <button type="button" disabled={isTooLarge} onClick={showFrames}>
              {t().frames}
            </button>
          </>
        ) : (
          <>
            <button type="button" onClick={() => ending.peek().abort()}>
              {t().cancel}
            </button>
            <span class="player-work">
              <span role="status">{now.text}</span>
              <progress aria-label={now.text} value={now.share ?? undefined} max={1} />
            </span>
          </>
        )}
      </div>
      <Notices notices={failure.value === null ? [] : [noticeOf(failure.value)]} />
    </section>
  );
}

function noticeOf(failure: unknown) {
  if (failure instanceof SleapError) return failureNotice(t().notDone, failure);
  return {
    tone: 'bad' as const,
    title: t().notDone,
    text: failure instanceof Error ? failure.message : String(failure),
  };
}
