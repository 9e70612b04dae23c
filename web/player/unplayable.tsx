/**
 * What to do with a video that the browser cannot play, or not to its end: convert it here, look at single frames of it (decode-here.ts), or look
 * at the poses alone. Says what that costs before it begins, and how far it is while it goes on.
 */
import { SleapError } from '../../client/sleap-error.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { forms, words } from '../language/language.ts';
import { formatBytes, formatCount } from '../language/numbers.ts';
import { useDecodeHere, type Work } from './decode-here.ts';
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

export function Unplayable({ parts, codec, cutFrames, onConverted, onFrames }: UnplayableProps) {
  const { sizeBytes, work, failure, ...decode } = useDecodeHere({
    ...{ parts, onFrames },
    onConverted: (mp4, done, all) =>
      onConverted(mp4, done < all ? t().short(formatCount(done), formatCount(all)) : null),
  });
  const isTooLarge = (sizeBytes.value ?? 0) > MOST_BYTES;
  const now = work.value && progressOf(work.value, sizeBytes.value);
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
              <button type="button" class="primary" disabled={isTooLarge} onClick={decode.convert}>
                {t().convert}
              </button>
            )}
            <button type="button" disabled={isTooLarge} onClick={decode.showFrames}>
              {t().frames}
            </button>
          </>
        ) : (
          <>
            <button type="button" onClick={decode.cancel}>
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

/** In words, and as a share of the whole; null: not known. */
function progressOf(work: Work, sizeBytes: number | null): { text: string; share: number | null } {
  const shareOf = (done: number, all: number | null) => (all ? Math.min(1, done / all) : null);
  switch (work.step) {
    case 'fetching':
      return { text: t().fetching(formatBytes(work.doneBytes)), share: shareOf(work.doneBytes, sizeBytes) };
    case 'loading':
      return { text: t().loading, share: null };
    case 'converting': {
      const { doneFrames, allFrames } = work;
      const text = t().converting(formatCount(doneFrames), formatCount(allFrames));
      return { text, share: shareOf(doneFrames, allFrames) };
    }
  }
}

function noticeOf(failure: unknown) {
  if (failure instanceof SleapError) return failureNotice(t().notDone, failure);
  return {
    tone: 'bad' as const,
    title: t().notDone,
    text: failure instanceof Error ? failure.message : String(failure),
  };
}
