/** The timeline and the buttons below the picture. Each moves by frames, never by seconds; what the reader asks for shows at once. */
import { words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { Icon } from './icons.tsx';
import { SPEEDS } from './playback.ts';
import type { PlayerParts } from './player-parts.ts';

const t = words({
  en: {
    controls: 'Playback',
    timeline: 'Timeline',
    frameOf: (frame: string, all: string) => `frame ${frame} of ${all}`,
    play: 'Play (space)',
    pause: 'Pause (space)',
    back: 'A frame back (←)',
    forward: 'A frame on (→)',
    backMany: 'Ten frames back (Shift ←)',
    forwardMany: 'Ten frames on (Shift →)',
    first: 'First frame (Home)',
    last: 'Last frame (End)',
    frame: 'Frame',
    of: (all: string) => `of ${all}`,
    seconds: (seconds: string) => `${seconds} s`,
    speed: 'Speed',
    full: 'Full screen',
  },
  ru: {
    controls: 'Воспроизведение',
    timeline: 'Шкала времени',
    frameOf: (frame: string, all: string) => `кадр ${frame} из ${all}`,
    play: 'Пуск (пробел)',
    pause: 'Пауза (пробел)',
    back: 'Кадр назад (←)',
    forward: 'Кадр вперёд (→)',
    backMany: 'Десять кадров назад (Shift ←)',
    forwardMany: 'Десять кадров вперёд (Shift →)',
    first: 'Первый кадр (Home)',
    last: 'Последний кадр (End)',
    frame: 'Кадр',
    of: (all: string) => `из ${all}`,
    seconds: (seconds: string) => `${seconds} с`,
    speed: 'Скорость',
    full: 'Во весь экран',
  },
});

export function Controls({ parts, onFullScreen }: { parts: PlayerParts; onFullScreen: () => void }) {
  const { playback, clock } = parts;
  const frame = playback.asked.value ?? playback.shown.value;
  const frames = playback.frames.value;
  const isPlaying = playback.isPlaying.value;
  const word = t();
  const seekTo = (text: string) => {
    const asked = Number.parseInt(text, 10);
    if (!Number.isNaN(asked)) playback.seek(asked);
  };
  const button = (icon: Parameters<typeof Icon>[0]['name'], label: string, act: () => void) => (
    <button type="button" class="player-button" aria-label={label} title={label} onClick={act}>
      <Icon name={icon} />
    </button>
  );
  return (
    <fieldset class="player-controls" aria-label={word.controls}>
      <input
        type="range"
        class="player-timeline"
        min={0}
        max={Math.max(0, frames - 1)}
        step={1}
        value={frame}
        aria-label={word.timeline}
        aria-valuetext={word.frameOf(formatCount(frame), formatCount(frames))}
        onInput={event => playback.seek(event.currentTarget.valueAsNumber)}
      />
      <div class="row">
        <span class="player-buttons">
          {button('first', word.first, () => playback.seek(0))}
          {button('backMany', word.backMany, () => playback.step(-10))}
          {button('back', word.back, () => playback.step(-1))}
          {button(isPlaying ? 'pause' : 'play', isPlaying ? word.pause : word.play, playback.toggle)}
          {button('forward', word.forward, () => playback.step(1))}
          {button('forwardMany', word.forwardMany, () => playback.step(10))}
          {button('last', word.last, () => playback.seek(frames - 1))}
        </span>
        <label class="check">
          <span>{word.frame}</span>
          <input
            type="number"
            class="player-number"
            min={0}
            max={Math.max(0, frames - 1)}
            value={frame}
            onChange={event => seekTo(event.currentTarget.value)}
          />
        </label>
        <span class="muted player-total">
          {word.of(formatCount(frames))} · {word.seconds(clock.value.secondsOf(frame).toFixed(2))}
        </span>
        <label class="check player-speed">
          <span class="visually-hidden">{word.speed}</span>
          <select
            value={playback.speed.value}
            title={word.speed}
            onChange={event => {
              playback.speed.value = Number(event.currentTarget.value);
            }}
          >
            {SPEEDS.map(speed => (
              <option key={speed} value={speed}>
                {speed}×
              </option>
            ))}
          </select>
        </label>
        {button('full', word.full, onFullScreen)}
      </div>
    </fieldset>
  );
}
