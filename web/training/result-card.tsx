/** How good the best weights are: their distance from the labels beside that of a constant answer, keypoint by keypoint, and SLEAP's measures. */
import type { Evaluation } from '../../src/contract/metrics.ts';
import type { ModelResource, PixelError } from '../../src/contract/model.ts';
import { TableBox } from '../frame/table-box.tsx';
import { words } from '../language/language.ts';
import { formatCount, formatPixels, formatShare } from '../language/numbers.ts';

const t = words({
  en: {
    title: 'Distance from the labels, validation frames',
    own: 'This model',
    baseline: 'Mean position',
    mean: 'Mean',
    median: 'Median',
    p90: '90th percentile',
    keypoint: 'Keypoint',
    found: 'Found',
    pck: 'PCK',
    oks: 'OKS',
    map: 'OKS mAP',
    foundOf: (found: string, visible: string) => `${found} of ${visible} visible keypoints were found.`,
    useless:
      'Not better than always answering where a keypoint lies on average: this model has not learnt to find them.',
    explained: 'Mean position: always answering where a keypoint lies on average.',
    byKeypoint: 'By keypoint',
    measures: "SLEAP's measures",
    validation: 'Validation',
    holdout: 'Held out',
    frames: 'Frames',
  },
  ru: {
    title: 'Расстояние до разметки на проверочных кадрах',
    own: 'Эта модель',
    baseline: 'Среднее положение',
    mean: 'Среднее',
    median: 'Медиана',
    p90: '90-й процентиль',
    keypoint: 'Ключевая точка',
    found: 'Найдена',
    pck: 'PCK',
    oks: 'OKS',
    map: 'OKS mAP',
    foundOf: (found: string, visible: string) => `Найдено ключевых точек: ${found} из ${visible} видимых.`,
    useless: 'Не лучше, чем всегда указывать среднее положение точки: модель не научилась их находить.',
    explained: 'Среднее положение: всегда указывать, где точка находится в среднем.',
    byKeypoint: 'По ключевым точкам',
    measures: 'Метрики SLEAP',
    validation: 'Проверочные',
    holdout: 'Отложенные',
    frames: 'Кадры',
  },
});

export function ResultCard({ model }: { model: ModelResource }) {
  const { pixel_error: error, evaluation } = model;
  if (!error && !evaluation) return null;
  return (
    <section class="card stack" aria-labelledby="result-title">
      <h2 id="result-title">{t().title}</h2>
      {error && <PixelErrors error={error} />}
      {evaluation && <Measures {...evaluation} />}
      {(evaluation || error) && <Keypoints error={error} evaluation={evaluation?.validation ?? null} />}
    </section>
  );
}

function PixelErrors({ error }: { error: PixelError }) {
  const word = t();
  const isUseless = error.mean !== null && error.baseline_mean !== null && error.mean >= error.baseline_mean;
  const lines = [
    [word.median, error.median, error.baseline_median],
    [word.mean, error.mean, error.baseline_mean],
    [word.p90, error.p90, null],
  ] as const;
  return (
    <div>
      <TableBox>
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col" class="number">
                {word.own}
              </th>
              <th scope="col" class="number">
                {word.baseline}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(([label, own, baseline]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="number">{formatPixels(own)}</td>
                <td class="number">{formatPixels(baseline)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
      <p class="muted small">
        {word.foundOf(formatCount(error.count), formatCount(error.count + error.missed))}{' '}
        {isUseless ? word.useless : word.explained}
      </p>
    </div>
  );
}

function Measures({ validation, holdout }: { validation: Evaluation; holdout: Evaluation | null }) {
  const word = t();
  const sets = [[word.validation, validation], ...(holdout ? [[word.holdout, holdout] as const] : [])] as const;
  return (
    <TableBox>
      <table>
        <caption class="left">{word.measures}</caption>
        <thead>
          <tr>
            <td />
            {[word.frames, word.pck, word.oks, word.map, word.median, word.p90].map(label => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sets.map(([label, { frames, pck, oks, oks_voc, dist }]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class="number">{formatCount(frames)}</td>
              <td class="number">{share(pck.mean)}</td>
              <td class="number">{share(oks.mean)}</td>
              <td class="number">{share(oks_voc.map)}</td>
              <td class="number">{formatPixels(dist.p50)}</td>
              <td class="number">{formatPixels(dist.p90)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

interface KeypointsProps {
  error: PixelError | null;
  evaluation: Evaluation | null;
}

/** Models of before version 0.2 have no evaluation: of their keypoints the mean is known. */
function Keypoints({ error, evaluation }: KeypointsProps) {
  const word = t();
  return (
    <details>
      <summary>{word.byKeypoint}</summary>
      <TableBox>
        <table>
          <thead>
            <tr>
              <th scope="col">{word.keypoint}</th>
              {(evaluation ? [word.found, word.median, word.mean, word.p90, word.pck] : [word.mean]).map(label => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {evaluation?.keypoints.map(({ keypoint, visible, found, avg, p50, p90, pck }) => (
              <tr key={keypoint}>
                <th scope="row">{keypoint}</th>
                <td class="number">{`${formatCount(found)} / ${formatCount(visible)}`}</td>
                <td class="number">{formatPixels(p50)}</td>
                <td class="number">{formatPixels(avg)}</td>
                <td class="number">{formatPixels(p90)}</td>
                <td class="number">{share(pck)}</td>
              </tr>
            )) ??
              error?.keypoints.map(({ keypoint, mean }) => (
                <tr key={keypoint}>
                  <th scope="row">{keypoint}</th>
                  <td class="number">{formatPixels(mean)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </TableBox>
    </details>
  );
}

function share(value: number | null): string {
  return value === null ? '–' : formatShare(value);
}
