/** A sample frame: its picture, how far the predictions of the epoch are off, how that changed over the epochs, and the numbers in a table. */
import { useMemo } from 'preact/hooks';
import type { Samples } from '../../src/contract/samples.ts';
import { words } from '../language/language.ts';
import { formatCount, formatPixels } from '../language/numbers.ts';
import type { Sample, Shown } from './draw-sample.ts';
import { curvePath, curvePlaces, distancePx, errorCurve, frameError } from './sample-errors.ts';
import { SamplePicture } from './sample-picture.tsx';

const t = words({
  en: {
    enlarge: (name: string) => `Enlarge ${name}`,
    picture: (name: string) => `Validation frame ${name}`,
    error: (px: string) => `${px} mean error`,
    none: 'no prediction',
    missed: (n: number) => `${formatCount(n)} not found`,
    numbers: 'Numbers',
    keypoint: 'Keypoint',
    truth: 'Label',
    prediction: 'Prediction',
    off: 'Error',
  },
  ru: {
    enlarge: (name: string) => `Увеличить ${name}`,
    picture: (name: string) => `Проверочный кадр ${name}`,
    error: (px: string) => `средняя ошибка ${px}`,
    none: 'предсказаний нет',
    missed: (n: number) => `не найдено: ${formatCount(n)}`,
    numbers: 'Числа',
    keypoint: 'Ключевая точка',
    truth: 'Разметка',
    prediction: 'Предсказание',
    off: 'Ошибка',
  },
});

const CURVE = { width: 300, height: 34 };

interface SampleFigureProps {
  sample: Sample;
  /** Place of the frame among the frames. */
  at: number;
  samples: Samples;
  /** Place of the epoch among the epochs; -1: none. */
  place: number;
  shown: Shown;
  onEnlarge: () => void;
}

export function SampleFigure({ sample, at, samples, place, shown, onEnlarge }: SampleFigureProps) {
  const word = t();
  const { frame, points, hidden } = sample;
  const curve = useMemo(() => errorCurve(samples, at, hidden), [samples, at, hidden]);
  return (
    <figure class="samples-figure">
      <button type="button" class="samples-enlarge" onClick={onEnlarge} aria-label={word.enlarge(frame.name)}>
        <SamplePicture {...{ sample, shown }} label={word.picture(frame.name)} />
      </button>
      <figcaption>
        <span class="samples-name small muted">{frame.name}</span>
        {place >= 0 && <MeanError {...frameError(frame.truth, points, hidden)} />}
      </figcaption>
      {curve.length > 1 && <Curve values={curve} place={place} />}
      <details>
        <summary class="small">{word.numbers}</summary>
        <SampleTable sample={sample} />
      </details>
    </figure>
  );
}

export function MeanError({ meanPx, missed }: { meanPx: number | null; missed: number }) {
  const word = t();
  return (
    <span class="samples-error">
      {meanPx === null ? word.none : word.error(formatPixels(meanPx))}
      {missed > 0 && <span class="muted"> · {word.missed(missed)}</span>}
    </span>
  );
}

function Curve({ values, place }: { values: readonly (number | null)[]; place: number }) {
  const { width, height } = CURVE;
  const now = curvePlaces(values, width, height)[place];
  return (
    <svg
      class="samples-curve"
      viewBox={`-4 -4 ${width + 8} ${height + 8}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={curvePath(values, width, height)} />
      {now && <line x1={now[0]} x2={now[0]} y1={-4} y2={height + 4} />}
    </svg>
  );
}

export function SampleTable({ sample: { keypoints, frame, points } }: { sample: Sample }) {
  const word = t();
  const placeOf = (point: readonly number[] | null | undefined) =>
    point ? `${point[0]!.toFixed(1)}, ${point[1]!.toFixed(1)}` : '–';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <section class="table small" tabIndex={0} aria-label={`${word.numbers}, ${frame.name}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{word.keypoint}</th>
            <th scope="col">{word.truth}</th>
            <th scope="col">{word.prediction}</th>
            <th scope="col">{word.off}</th>
          </tr>
        </thead>
        <tbody>
          {keypoints.map((name, k) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{placeOf(frame.truth[k])}</td>
              <td>{placeOf(points[k])}</td>
              <td>{formatPixels(distancePx(frame.truth[k] ?? null, points[k]))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
