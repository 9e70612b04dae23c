/** What is drawn: marks that can be left out, and the keypoints with their colours, each of which can be left out too. */
import type { Signal } from '@preact/signals';
import { words } from '../language/language.ts';
import type { Shown } from './draw-sample.ts';

const t = words({
  en: {
    marks: 'What is drawn',
    truth: 'label (rings)',
    prediction: 'prediction (discs)',
    errors: 'distance between them',
    names: 'names',
    keypoints: 'Keypoints',
    all: 'All',
  },
  ru: {
    marks: 'Что рисуется',
    truth: 'разметка (кольца)',
    prediction: 'предсказание (кружки)',
    errors: 'расстояние между ними',
    names: 'названия',
    keypoints: 'Ключевые точки',
    all: 'Все',
  },
});

const MARKS = ['truth', 'prediction', 'errors', 'names'] as const;

interface SampleLegendProps {
  shown: Signal<Shown>;
  hidden: Signal<ReadonlySet<number>>;
  keypoints: readonly string[];
  colours: readonly string[];
}

export function SampleLegend({ shown, hidden, keypoints, colours }: SampleLegendProps) {
  const word = t();
  const toggle = (k: number) => {
    const next = new Set(hidden.value);
    if (!next.delete(k)) next.add(k);
    hidden.value = next;
  };
  return (
    <div class="samples-legend">
      <fieldset class="row">
        <legend class="visually-hidden">{word.marks}</legend>
        {MARKS.map(name => (
          <label class="check" key={name}>
            <input
              type="checkbox"
              checked={shown.value[name]}
              onChange={event => {
                shown.value = { ...shown.value, [name]: event.currentTarget.checked };
              }}
            />
            {word[name]}
          </label>
        ))}
      </fieldset>
      <fieldset class="row samples-keypoints">
        <legend class="visually-hidden">{word.keypoints}</legend>
        {keypoints.map((name, k) => (
          <button
            key={name}
            type="button"
            class="small samples-keypoint"
            aria-pressed={!hidden.value.has(k)}
            onClick={() => toggle(k)}
          >
            <span class="samples-swatch" style={{ backgroundColor: colours[k] }} aria-hidden="true" />
            {name}
          </button>
        ))}
        {hidden.value.size > 0 && (
          <button
            type="button"
            class="small"
            onClick={() => {
              hidden.value = new Set();
            }}
          >
            {word.all}
          </button>
        )}
      </fieldset>
    </div>
  );
}
