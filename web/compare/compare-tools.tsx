/** Which measure is compared, and how its curves are drawn. All but the measure is as in the chart of a single model, and kept with it. */
import { replaceQuery } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { AXES, chartSettings, MOST_SMOOTHING } from '../training/chart-settings.ts';
import { MEASURES, type Measure, writeCompareQuery } from './compare-query.ts';
import { type Comparison, compareQuery } from './comparison.ts';
import { measureWords } from './measure-words.ts';

const t = words({
  en: {
    measure: 'Measure',
    logarithmic: 'logarithmic',
    smoothing: 'smoothing',
    axis: 'Horizontal axis',
    axes: { epoch: 'by epoch', time: 'by time' },
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    showAll: 'Show all',
  },
  ru: {
    measure: 'Величина',
    logarithmic: 'логарифм',
    smoothing: 'сглаживание',
    axis: 'Горизонтальная ось',
    axes: { epoch: 'по эпохам', time: 'по времени' },
    zoomIn: 'Приблизить',
    zoomOut: 'Отдалить',
    showAll: 'Показать всё',
  },
});

export function CompareTools({ comparison: { group, zoomBy } }: { comparison: Comparison }) {
  const { isLog, smoothing, axis } = chartSettings;
  const { measure } = compareQuery.value;
  return (
    <div class="chart-tools">
      <select
        aria-label={t().measure}
        value={measure}
        onChange={event => {
          const { value } = event.currentTarget;
          replaceQuery(writeCompareQuery({ ...compareQuery.peek(), measure: value as Measure }));
        }}
      >
        {MEASURES.map(name => (
          <option key={name} value={name}>
            {measureWords()[name]}
          </option>
        ))}
      </select>
      <label class="check">
        <input
          type="checkbox"
          checked={isLog.value}
          onChange={event => {
            isLog.value = event.currentTarget.checked;
          }}
        />
        {t().logarithmic}
      </label>
      <label class="check">
        {t().smoothing}
        <input
          {...{ type: 'range', min: 0, max: MOST_SMOOTHING, step: 0.01, value: smoothing.value }}
          disabled={measure === 'lr'}
          onInput={event => {
            smoothing.value = Number(event.currentTarget.value);
          }}
        />
        <output class="number">{smoothing.value.toFixed(2)}</output>
      </label>
      <select
        aria-label={t().axis}
        value={axis.value}
        onChange={event => {
          // What was zoomed to has another meaning there.
          group.zoom.value = null;
          axis.value = AXES.find(name => name === event.currentTarget.value)!;
        }}
      >
        {AXES.map(name => (
          <option key={name} value={name}>
            {t().axes[name]}
          </option>
        ))}
      </select>
      <span class="row">
        <button type="button" class="small" aria-label={t().zoomIn} onClick={() => zoomBy(2)}>
          +
        </button>
        <button type="button" class="small" aria-label={t().zoomOut} onClick={() => zoomBy(1 / 2)}>
          −
        </button>
        <button
          type="button"
          class="small"
          disabled={group.zoom.value === null}
          onClick={() => {
            group.zoom.value = null;
          }}
        >
          {t().showAll}
        </button>
      </span>
    </div>
  );
}
