/** Pause, a frame on, and for a clip the place in it. */
import { words } from '../language/language.ts';
import type { FrameSource } from './frame-source.ts';
import type { Trial } from './trial.ts';

const t = words({
  en: {
    play: 'Play',
    pause: 'Pause',
    step: 'Next frame',
    place: 'Place in the clip',
    seconds: (s: string) => `${s} s`,
  },
  ru: {
    play: 'Пуск',
    pause: 'Пауза',
    step: 'Следующий кадр',
    place: 'Положение в видео',
    seconds: (s: string) => `${s} с`,
  },
});

export function PlayControls({ trial, source }: { trial: Trial; source: FrameSource }) {
  const isPlaying = trial.isPlaying.value;
  const seconds = trial.reading.value?.shown.timeSeconds ?? 0;
  return (
    <div class="row">
      <button type="button" onClick={() => (isPlaying ? trial.pause() : trial.play())}>
        {isPlaying ? t().pause : t().play}
      </button>
      <button type="button" onClick={() => trial.step()}>
        {t().step}
      </button>
      {source.kind === 'clip' && (
        <label class="row small try-slider try-place">
          <span class="visually-hidden">{t().place}</span>
          <input
            type="range"
            min={0}
            max={source.video!.duration}
            step={0.01}
            value={seconds}
            aria-valuetext={t().seconds(seconds.toFixed(3))}
            onInput={event => trial.seek(event.currentTarget.valueAsNumber)}
          />
          <output>{t().seconds(seconds.toFixed(3))}</output>
        </label>
      )}
    </div>
  );
}
