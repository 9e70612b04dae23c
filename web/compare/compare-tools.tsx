/** Which measure is compared, and how its curves are drawn. All but the measure is as in the chart of a single model, and kept with it. */
import { ChartFold } from '../chart/chart-fold.tsx';
import { replaceQuery } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { AXES, chartSettings, MOST_SMOOTHING } from '../training/chart-settings.ts';
import { curveWords } from '../training/curve-words.ts';
import { MEASURES, type Measure, writeCompareQuery } from './compare-query.ts';
import { type Comparison, compareQuery } from './comparison.ts';
import { measureWords } from './measure-words.ts';

const t = words({ en: { measure: 'Measure' }, ru: { measure: 'Величина' } });

export function CompareTools({ comparison: { group, zoomBy } }: { comparison: Comparison }) {
  const { isLog, smoothing, axis } = chartSettings;
  const { measure } = compareQuery.value;
  const word = curveWords();
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
      <ChartFold label={word.settings}>
        <label class="check">
          <input
            type="checkbox"
            checked={isLog.value}
            onChange={event => {
              isLog.value = event.currentTarget.checked;
            }}
          />
          {word.logarithmic}
        </label>
        <label class="check">
          {word.smoothing}
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
          aria-label={word.axis}
          value={axis.value}
          onChange={event => {
            // What was zoomed to has another meaning there.
            group.zoom.value = null;
            axis.value = AXES.find(name => name === event.currentTarget.value)!;
          }}
        >
          {AXES.map(name => (
            <option key={name} value={name}>
              {word.along[name]}
            </option>
          ))}
        </select>
        <span class="row">
          <button type="button" class="small" aria-label={word.zoomIn} onClick={() => zoomBy(2)}>
            +
          </button>
          <button type="button" class="small" aria-label={word.zoomOut} onClick={() => zoomBy(1 / 2)}>
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
            {word.showAll}
          </button>
        </span>
      </ChartFold>
    </div>
  );
}
