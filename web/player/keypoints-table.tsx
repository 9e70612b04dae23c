/**
 * The keypoints: which colour is which, whether it is shown (in the picture and in the traces alike), and where it is in the frame in sight,
 * in numbers for those who want them exactly and those who cannot see the picture.
 */
import { useMemo } from 'preact/hooks';
import { words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { poseColours } from '../pose/draw-pose.ts';
import { Icon } from './icons.tsx';
import type { PlayerParts } from './player-parts.ts';

const t = words({
  en: {
    title: (frame: string) => `Keypoints in frame ${frame}`,
    unpredicted: 'This frame was not predicted.',
    name: 'Keypoint',
    x: 'x, px',
    y: 'y, px',
    score: 'Score',
    absent: 'not found',
    all: 'All',
    none: 'None',
    only: (name: string) => `Show only ${name}`,
    choose: 'Shown',
  },
  ru: {
    title: (frame: string) => `Точки, кадр ${frame}`,
    unpredicted: 'Этот кадр не обрабатывался.',
    name: 'Точка',
    x: 'x, пикс.',
    y: 'y, пикс.',
    score: 'Оценка',
    absent: 'не найдена',
    all: 'Все',
    none: 'Ни одной',
    only: (name: string) => `Показать только ${name}`,
    choose: 'Показаны',
  },
});

const SCORE = 2;

export function KeypointsTable({ parts: { inference, predictions, playback, settings } }: { parts: PlayerParts }) {
  const { keypoints } = inference;
  const { hidden } = settings;
  const { columns } = predictions.growing.value;
  const frame = playback.shown.value;
  const row = columns.rowOf(frame);
  const colours = useMemo(() => poseColours(keypoints.length), [keypoints.length]);
  const word = t();
  const showThose = (isShown: (k: number) => boolean) => {
    hidden.value = new Set(keypoints.flatMap((_, k) => (isShown(k) ? [] : [k])));
  };
  return (
    <section class="card player-keypoints" aria-label={word.name}>
      <fieldset class="row" aria-label={word.choose}>
        <button type="button" class="small" onClick={() => showThose(() => true)}>
          {word.all}
        </button>
        <button type="button" class="small" onClick={() => showThose(() => false)}>
          {word.none}
        </button>
      </fieldset>
      <div class="player-scroll">
        <table>
          <caption>{word.title(formatCount(frame))}</caption>
          <thead>
            <tr>
              <th scope="col">{word.name}</th>
              {[word.x, word.y, word.score].map(head => (
                <th key={head} scope="col" class="number">
                  {head}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {keypoints.map((name, k) => (
              <tr key={name} class={isLow(row === null ? null : columns.point(row, k)) ? 'muted' : undefined}>
                <th scope="row">
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={!hidden.value.has(k)}
                      onChange={event => {
                        const isShown = event.currentTarget.checked;
                        showThose(other => (other === k ? isShown : !hidden.peek().has(other)));
                      }}
                    />
                    <span class="player-swatch" style={{ background: colours[k] }} />
                    <span class="player-name">{name}</span>
                  </label>
                </th>
                {row === null ? <td colSpan={3} /> : cellsOf(columns.point(row, k), columns.value(row, k, SCORE))}
                <td>
                  <button
                    type="button"
                    class="player-only"
                    aria-label={word.only(name)}
                    title={word.only(name)}
                    onClick={() => showThose(other => other === k)}
                  >
                    <Icon name="only" />
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {row === null && <p class="muted small">{word.unpredicted}</p>}
    </section>
  );

  function isLow(point: [number, number, number] | null): boolean {
    return point === null || point[SCORE] < settings.threshold.value;
  }
}

function cellsOf(point: [number, number, number] | null, score: number) {
  return (
    <>
      {point === null ? (
        <td colSpan={2} class="number">
          {t().absent}
        </td>
      ) : (
        [point[0], point[1]].map((px, at) => (
          <td key={at === 0 ? 'x' : 'y'} class="number">
            {px.toFixed(1)}
          </td>
        ))
      )}
      <td class="number">{Number.isNaN(score) ? '–' : score.toFixed(2)}</td>
    </>
  );
}
