/** What a reader can change of any chart over epochs: its axes, the smoothing and the zoom. The settings are the same for every chart. */
import type { PlotGroup } from '../chart/plot.ts';
import { CheckBox } from '../frame/check-box.tsx';
import { AXES, chartSettings, MOST_SMOOTHING } from './chart-settings.ts';
import { curveWords } from './curve-words.ts';

export function LogarithmicBox() {
  return <CheckBox label={curveWords().logarithmic} of={chartSettings.isLog} />;
}

/** @param disabled for values that are drawn as they are. */
export function SmoothingSlider({ disabled = false }: { disabled?: boolean }) {
  const { smoothing } = chartSettings;
  return (
    <label class="check">
      {curveWords().smoothing}
      <input
        {...{ type: 'range', min: 0, max: MOST_SMOOTHING, step: 0.01, value: smoothing.value, disabled }}
        onInput={event => {
          smoothing.value = event.currentTarget.valueAsNumber;
        }}
      />
      <output class="number">{smoothing.value.toFixed(2)}</output>
    </label>
  );
}

/** @param onChange told before another axis is shown, where what is zoomed to means nothing. */
export function AxisChoice({ onChange }: { onChange?: () => void }) {
  const { axis } = chartSettings;
  const word = curveWords();
  return (
    <select
      aria-label={word.axis}
      value={axis.value}
      onChange={event => {
        onChange?.();
        axis.value = AXES.find(name => name === event.currentTarget.value)!;
      }}
    >
      {AXES.map(name => (
        <option key={name} value={name}>
          {word.along[name]}
        </option>
      ))}
    </select>
  );
}

interface ZoomButtonsProps {
  of: { group: PlotGroup; zoomBy: (factor: number) => void };
}

export function ZoomButtons({ of: { group, zoomBy } }: ZoomButtonsProps) {
  const word = curveWords();
  const button = (label: string, sign: string, factor: number) => (
    <button type="button" class="small" aria-label={label} title={label} onClick={() => zoomBy(factor)}>
      {sign}
    </button>
  );
  return (
    <span class="row">
      {button(word.zoomIn, '+', 2)}
      {button(word.zoomOut, '−', 1 / 2)}
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
  );
}
