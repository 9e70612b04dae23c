/** How poses are drawn: from which score on, with how long trails, how large, with names. Says how many points the threshold leaves out. */
import type { Signal } from '@preact/signals';
import { CheckBox } from '../frame/check-box.tsx';
import { words } from '../language/language.ts';
import { formatCount, formatShare } from '../language/numbers.ts';
import type { PlayerParts } from './player-parts.ts';
import { LARGEST_SIZE, LONGEST_TRAIL, SMALLEST_SIZE } from './settings.ts';

const t = words({
  en: {
    title: 'Drawing',
    threshold: 'Lowest score',
    below: (here: string, found: string, all: string) => `below: ${here} of ${found} in this frame, ${all} of all`,
    trail: 'Trails',
    frames: (n: string) => `${n} frames`,
    none: 'none',
    size: 'Size of points',
    labels: 'Names',
  },
  ru: {
    title: 'Вид',
    threshold: 'Порог оценки',
    below: (here: string, found: string, all: string) => `ниже: ${here} из ${found} на этом кадре, ${all} всех`,
    trail: 'Следы',
    frames: (n: string) => `кадров: ${n}`,
    none: 'нет',
    size: 'Размер точек',
    labels: 'Названия',
  },
});

export function LookSettings({ parts: { settings, predictions, playback } }: { parts: PlayerParts }) {
  const { threshold, trailFrames, size, hasLabels } = settings;
  const { columns } = predictions.growing.value;
  const row = columns.rowOf(playback.shown.value);
  const found = row === null ? [] : columns.pose(row).filter(point => point !== null);
  const below = found.filter(([, , score]) => score < threshold.value).length;
  const share = columns.found === 0 ? 0 : columns.foundBelow(threshold.value) / columns.found;
  const word = t();
  return (
    <section class="card player-look" aria-label={word.title}>
      <Slider
        label={word.threshold}
        value={threshold}
        {...{ min: 0, max: 1, step: 0.01 }}
        text={threshold.value.toFixed(2)}
        note={word.below(formatCount(below), formatCount(found.length), formatShare(share))}
      />
      <Slider
        label={word.trail}
        value={trailFrames}
        {...{ min: 0, max: LONGEST_TRAIL, step: 1 }}
        text={trailFrames.value === 0 ? word.none : word.frames(formatCount(trailFrames.value))}
      />
      <Slider
        label={word.size}
        value={size}
        {...{ min: SMALLEST_SIZE, max: LARGEST_SIZE, step: 0.1 }}
        text={`${size.value.toFixed(1)}×`}
      />
      <CheckBox label={word.labels} of={hasLabels} />
    </section>
  );
}

interface SliderProps {
  label: string;
  value: Signal<number>;
  min: number;
  max: number;
  step: number;
  /** The value in words. */
  text: string;
  note?: string;
}

function Slider({ label, value, text, note, ...range }: SliderProps) {
  return (
    <label class="player-slider">
      <span class="row apart">
        <span class="muted small">{label}</span> <span class="small">{text}</span>
      </span>
      <input
        type="range"
        {...range}
        value={value.value}
        aria-label={label}
        aria-valuetext={text}
        onInput={event => {
          value.value = event.currentTarget.valueAsNumber;
        }}
      />
      {note && <span class="muted small">{note}</span>}
    </label>
  );
}
