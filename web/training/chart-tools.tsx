/** What a reader can change of the curves: axes, smoothing, outliers, zoom, chart or table; and the chart and the log as files. */
import { trainingLogCsv } from '../../src/contract/training-log.ts';
import { ChartFold } from '../chart/chart-fold.tsx';
import { saveFile } from '../chart/save-file.ts';
import { AXES, chartSettings, MOST_SMOOTHING } from './chart-settings.ts';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';

interface ChartToolsProps {
  curves: Curves;
  /** Of downloads, without an ending. */
  fileName: string;
  onSavePng: () => void;
}

export function ChartTools({ curves, fileName, onSavePng }: ChartToolsProps) {
  const word = curveWords();
  const { isLog, smoothing, axis, ignoresOutliers, isTable } = chartSettings;
  const { group, rows, zoomBy } = curves;
  const saveCsv = () => {
    saveFile(`${fileName}.csv`, new Blob([trainingLogCsv(rows.peek())], { type: 'text/csv' }));
  };
  return (
    <div class="chart-tools">
      {!isTable.value && (
        <ChartFold label={word.settings}>
          <label class="check">
            <input
              type="checkbox"
              checked={isLog.value}
              onChange={event => (isLog.value = event.currentTarget.checked)}
            />
            {word.logarithmic}
          </label>
          <label class="check">
            {word.smoothing}
            <input
              {...{ type: 'range', min: 0, max: MOST_SMOOTHING, step: 0.01, value: smoothing.value }}
              onInput={event => (smoothing.value = Number(event.currentTarget.value))}
            />
            <output class="number">{smoothing.value.toFixed(2)}</output>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={ignoresOutliers.value}
              onChange={event => (ignoresOutliers.value = event.currentTarget.checked)}
            />
            {word.outliers}
          </label>
          <label class="check">
            <span class="visually-hidden">{word.axis}</span>
            <select
              value={axis.value}
              onChange={event => (axis.value = AXES.find(name => name === event.currentTarget.value)!)}
            >
              {AXES.map(name => (
                <option key={name} value={name}>
                  {word.along[name]}
                </option>
              ))}
            </select>
          </label>
          <span class="row">
            <button type="button" class="small" aria-label={word.zoomIn} title={word.zoomIn} onClick={() => zoomBy(2)}>
              +
            </button>
            <button
              type="button"
              class="small"
              aria-label={word.zoomOut}
              title={word.zoomOut}
              onClick={() => zoomBy(1 / 2)}
            >
              −
            </button>
            <button
              type="button"
              class="small"
              disabled={group.zoom.value === null}
              onClick={() => (group.zoom.value = null)}
            >
              {word.showAll}
            </button>
          </span>
        </ChartFold>
      )}
      <span class="row">
        <button
          type="button"
          class="small"
          aria-pressed={isTable.value}
          onClick={() => (isTable.value = !isTable.peek())}
        >
          {word.table}
        </button>
        {!isTable.value && (
          <button type="button" class="small" onClick={onSavePng}>
            {word.savePng}
          </button>
        )}
        <button type="button" class="small" onClick={saveCsv}>
          {word.saveCsv}
        </button>
      </span>
    </div>
  );
}
