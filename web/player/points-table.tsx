/** The points of the frame in sight as numbers, for those who want them exactly and those who cannot see the picture. */
import { words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import type { PlayerParts } from './player-parts.ts';

const t = words({
  en: {
    title: (frame: string) => `Points of frame ${frame}`,
    unpredicted: (frame: string) => `Frame ${frame} was not predicted.`,
    name: 'Keypoint',
    x: 'x, px',
    y: 'y, px',
    score: 'Score',
    absent: 'not found',
  },
  ru: {
    title: (frame: string) => `Точки кадра ${frame}`,
    unpredicted: (frame: string) => `Кадр ${frame} не обрабатывался.`,
    name: 'Точка',
    x: 'x, пикс.',
    y: 'y, пикс.',
    score: 'Оценка',
    absent: 'не найдена',
  },
});

const SCORE = 2;

export function PointsTable({ parts: { predictions, playback, settings } }: { parts: PlayerParts }) {
  const { columns } = predictions.growing.value;
  const frame = playback.shown.value;
  const row = columns.rowOf(frame);
  if (row === null) return <p class="muted small">{t().unpredicted(formatCount(frame))}</p>;
  return (
    <div class="table">
      <table class="player-points">
        <caption>{t().title(formatCount(frame))}</caption>
        <thead>
          <tr>
            <th scope="col">{t().name}</th>
            {[t().x, t().y, t().score].map(head => (
              <th key={head} scope="col" class="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.keypoints.map((name, k) => {
            const point = columns.point(row, k);
            const score = columns.value(row, k, SCORE);
            const isLow = point === null || point[SCORE] < settings.threshold.value;
            return (
              <tr key={name} class={isLow ? 'muted' : undefined}>
                <th scope="row">{name}</th>
                {point === null ? (
                  <td colSpan={2} class="number">
                    {t().absent}
                  </td>
                ) : (
                  <>
                    <td class="number">{point[0].toFixed(1)}</td>
                    <td class="number">{point[1].toFixed(1)}</td>
                  </>
                )}
                <td class="number">{Number.isNaN(score) ? '–' : score.toFixed(2)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
