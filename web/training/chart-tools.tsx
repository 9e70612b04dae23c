/** What a reader can change of the curves: axes, smoothing, outliers, zoom, chart or table; and the chart and the log as files. */
import { trainingLogCsv } from '../../src/contract/training-log.ts';
import { ChartFold } from '../chart/chart-fold.tsx';
import { saveFile } from '../chart/save-file.ts';
import { CheckBox } from '../frame/check-box.tsx';
import { AxisChoice, LogarithmicBox, SmoothingSlider, ZoomButtons } from './chart-controls.tsx';
import { chartSettings } from './chart-settings.ts';
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
  const { ignoresOutliers, isTable } = chartSettings;
  const saveCsv = () => {
    saveFile(`${fileName}.csv`, new Blob([trainingLogCsv(curves.rows.peek())], { type: 'text/csv' }));
  };
  return (
    <div class="chart-tools">
      {!isTable.value && (
        <ChartFold label={word.settings}>
          <LogarithmicBox />
          <SmoothingSlider />
          <CheckBox label={word.outliers} of={ignoresOutliers} />
          <AxisChoice />
          <ZoomButtons of={curves} />
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
