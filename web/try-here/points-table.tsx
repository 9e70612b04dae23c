/** The points of the frame as numbers; the first column is the legend of the picture, where a keypoint can be left out of it. */
import type { Signal } from '@preact/signals';
import { TableBox } from '../frame/table-box.tsx';
import { words } from '../language/language.ts';
import type { PosePoint } from '../pose/draw-pose.ts';

const t = words({
  en: {
    caption: 'Keypoints, in pixels of the frame',
    keypoint: 'Keypoint',
    score: 'Score',
    found: (found: number, all: number) => `${found} of ${all} found`,
  },
  ru: {
    caption: 'Ключевые точки, в пикселях кадра; оценка — уверенность модели',
    keypoint: 'Ключевая точка',
    score: 'Оценка',
    found: (found: number, all: number) => `Найдено ${found} из ${all}`,
  },
});

interface PointsTableProps {
  keypoints: readonly string[];
  colours: readonly string[];
  /** null before the first frame. */
  points: readonly PosePoint[] | null;
  threshold: number;
  hidden: Signal<ReadonlySet<number>>;
  /** Frames follow each other: a screen reader is not told of each. */
  isMoving: boolean;
}

export function PointsTable({ keypoints, colours, points, threshold, hidden, isMoving }: PointsTableProps) {
  const isFound = (point: PosePoint | undefined) => point != null && point[2]! >= threshold;
  const show = (k: number, isShown: boolean) => {
    const next = new Set(hidden.peek());
    if (isShown) next.delete(k);
    else next.add(k);
    hidden.value = next;
  };
  return (
    <TableBox>
      <table class="try-points">
        <caption class="small muted">{t().caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t().keypoint}</th>
            <th scope="col" class="number">
              x
            </th>
            <th scope="col" class="number">
              y
            </th>
            <th scope="col" class="number">
              {t().score}
            </th>
          </tr>
        </thead>
        <tbody>
          {keypoints.map((name, k) => {
            const point = points?.[k];
            return (
              <tr key={name} class={isFound(point) ? '' : 'muted'}>
                <th scope="row">
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={!hidden.value.has(k)}
                      onChange={event => show(k, event.currentTarget.checked)}
                    />
                    <span class="try-swatch" style={{ background: colours[k] }} />
                    {name}
                  </label>
                </th>
                <td class="number">{isFound(point) ? point![0].toFixed(2) : '–'}</td>
                <td class="number">{isFound(point) ? point![1].toFixed(2) : '–'}</td>
                <td class="number">{point ? point[2]!.toFixed(3) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="small muted" aria-live={isMoving ? 'off' : 'polite'}>
        {points && t().found(points.filter(isFound).length, keypoints.length)}
      </p>
    </TableBox>
  );
}
