/** Which measure is compared, and how its curves are drawn. All but the measure is as in the chart of a single model, and kept with it. */
import { ChartFold } from '../chart/chart-fold.tsx';
import { replaceQuery } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { AxisChoice, LogarithmicBox, SmoothingSlider, ZoomButtons } from '../training/chart-controls.tsx';
import { curveWords } from '../training/curve-words.ts';
import { MEASURES, type Measure, writeCompareQuery } from './compare-query.ts';
import { type Comparison, compareQuery } from './comparison.ts';
import { measureWords } from './measure-words.ts';

const t = words({ en: { measure: 'Measure' }, ru: { measure: 'Величина' } });

export function CompareTools({ comparison }: { comparison: Comparison }) {
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
      <ChartFold label={curveWords().settings}>
        <LogarithmicBox />
        <SmoothingSlider disabled={measure === 'lr'} />
        <AxisChoice
          onChange={() => {
            comparison.group.zoom.value = null;
          }}
        />
        <ZoomButtons of={comparison} />
      </ChartFold>
    </div>
  );
}
