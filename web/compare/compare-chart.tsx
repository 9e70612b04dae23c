/** The lines of all compared models in one plot, their best epochs ringed, and a legend that tells their values and switches them. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { models } from '../api/models-store.ts';
import { courseAxis, valueAxis } from '../chart/axes.ts';
import { faintLine, line } from '../chart/lines.ts';
import { linearRange, logRange } from '../chart/marks.ts';
import { createPlot, type Plot, type PlotDesign } from '../chart/plot.ts';
import { hrefOf } from '../frame/routes.ts';
import { colourOf } from '../frame/theme.ts';
import { words } from '../language/language.ts';
import { formatCount, formatDuration, formatExact } from '../language/numbers.ts';
import { titleOf } from '../models/model-words.ts';
import { chartSettings } from '../training/chart-settings.ts';
import { type Comparison, compareQuery, valueAt } from './comparison.ts';
import { lineStyle, ringDatum, seriesStyle, writeEnds } from './line-styles.ts';
import { type ComparedLine, NO_LINE } from './lines.ts';
import { measureWords } from './measure-words.ts';

const t = words({
  en: {
    epoch: 'epoch',
    time: 'time since the start, h:min(:s)',
    hint: 'A ring marks the best epoch: the lowest val_loss, as measured. Epochs count from 0. Drag to zoom, double-click to see all.',
    smoothed: 'Strong lines are smoothed, faint ones are what was measured.',
    chart: (measure: string, n: number) =>
      `${measure} of ${n} models. Arrow keys walk along the epochs, plus and minus zoom.`,
    remove: (title: string) => `Remove ${title} from the comparison`,
    show: (title: string) => `Line of ${title}`,
    newest: 'newest values',
    at: (where: string) => `at ${where}`,
    atEpoch: (n: string) => `epoch ${n}`,
  },
  ru: {
    epoch: 'эпоха',
    time: 'время от начала, ч:мин(:с)',
    hint: 'Кольцом отмечена лучшая эпоха: с наименьшей измеренной val_loss. Эпохи считаются с 0. Потяните мышью, чтобы приблизить; двойной щелчок покажет всё.',
    smoothed: 'Яркие линии сглажены, бледные — измеренные значения.',
    chart: (measure: string, n: number) =>
      `${measure}, моделей: ${n}. Стрелки ведут по эпохам, плюс и минус меняют масштаб.`,
    remove: (title: string) => `Убрать ${title} из сравнения`,
    show: (title: string) => `Линия модели ${title}`,
    newest: 'последние значения',
    at: (where: string) => where,
    atEpoch: (n: string) => `эпоха ${n}`,
  },
});

const HEIGHT_PX = 380;
/** Room for the numbers at the ends of the lines. */
const PADDING_PX: uPlot.Padding = [10, 26, 0, 0];

/** A rate holds until it is changed. */
const inSteps = uPlot.paths.stepped!({ align: 1 });

interface ChartProps {
  comparison: Comparison;
  onRemove: (uid: string) => void;
}

export function CompareChart({ comparison, onRemove }: ChartProps) {
  const { uids, onKey } = comparison;
  const { measure } = compareQuery.value;
  return (
    <>
      <Legend comparison={comparison} onRemove={onRemove} />
      <section
        class="plots"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys walk its epochs
        tabIndex={0}
        aria-label={t().chart(measureWords()[measure], uids.value.length)}
        onKeyDown={onKey}
      >
        <Lines key={`${uids.value.join()} ${measure}`} comparison={comparison} />
      </section>
      <p class="muted small compare-note">
        {measure !== 'lr' && chartSettings.smoothing.value > 0 && t().smoothed} {t().hint}
      </p>
    </>
  );
}

function Lines({ comparison }: { comparison: Comparison }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  useEffect(() => {
    comparison.lines.peek(); // the extent of the group is known once the lines are
    const { group } = comparison;
    plot.current = createPlot({ host: host.current!, heightPx: HEIGHT_PX, group, design: () => designOf(comparison) });
    return () => {
      plot.current!.destroy();
      plot.current = null;
    };
  }, []);
  const drawn = comparison.uids.peek();
  useSignalEffect(() => {
    // For other models another plot is made in a moment.
    if (comparison.uids.value !== drawn) return;
    const tables = comparison.lines.value.map(({ xs, raw, smoothed }) => [xs, raw, smoothed] as uPlot.AlignedData);
    // Over time lines share no x; they have no gap where another has a datum.
    plot.current?.show(uPlot.join(tables));
  });
  return <div ref={host} />;
}

/** Reads settings, theme, language, and what is hidden. Of each model first what was measured, then the smoothed line. */
function designOf({ uids, lines, hidden }: Comparison): PlotDesign {
  const { isLog, smoothing, axis } = chartSettings;
  const { measure } = compareQuery.peek();
  const isRate = measure === 'lr';
  const isSmooth = smoothing.value > 0 && !isRate;
  const isShown = (uid: string) => !hidden.value.has(uid);
  const surface = colourOf('surface');
  const colours = uids.peek().map((_, at) => colourOf(lineStyle(at).colour));
  const series = uids.peek().flatMap((uid, at) => {
    const show = isShown(uid);
    const colour = colours[at]!;
    const style = seriesStyle(at);
    const points = { show: false };
    if (isRate) return [line(colour, { ...style, show, points, paths: inSteps }), { show: false }];
    const strong = line(colour, { ...style, show, points });
    return isSmooth ? [faintLine(colour, { show }), strong] : [{ ...strong, points: {} }, { show: false }];
  });
  return {
    padding: PADDING_PX,
    scales: {
      y: { distr: isLog.value ? 3 : 1, range: (_, min, max) => (isLog.peek() ? logRange : linearRange)(min, max) },
    },
    series: [{}, ...series],
    axes: [courseAxis(axis.value, t()[axis.value]), valueAxis(measureWords()[measure], isLog.value)],
    hooks: {
      draw: [
        plot => {
          const drawn = lines.peek();
          const shown = uids.peek().flatMap((uid, at) => (hidden.peek().has(uid) || !drawn[at] ? [] : [at]));
          for (const at of shown) {
            const { best } = drawn[at]!;
            if (best) ringDatum(plot, best, colours[at]!, surface);
          }
          const ends = shown.flatMap(at => {
            const { xs, smoothed } = drawn[at]!;
            const last = smoothed.findLastIndex(value => value !== null);
            return last === -1
              ? []
              : [{ text: String(at + 1), colour: colours[at]!, x: xs[last]!, y: smoothed[last]! }];
          });
          writeEnds(plot, ends, surface);
        },
      ],
    },
  };
}

function Legend({ comparison, onRemove }: ChartProps) {
  const { uids, group, spokenX } = comparison;
  const x = group.pointed.value;
  const place = (at: number) =>
    chartSettings.axis.value === 'epoch' ? t().atEpoch(formatCount(at)) : formatDuration(at);
  return (
    <div>
      <p class="small muted">
        {measureWords()[compareQuery.value.measure]}, {x === null ? t().newest : t().at(place(x))}
      </p>
      <ul class="compare-legend">
        {uids.value.map((uid, at) => (
          <LegendLine key={uid} {...{ uid, at, comparison, onRemove }} />
        ))}
      </ul>
      <p class="visually-hidden" aria-live="polite">
        {spokenX.value !== null && [place(spokenX.value), ...spokenValues(comparison, spokenX.value)].join(', ')}
      </p>
    </div>
  );
}

const titleIn = (uid: string) => titleOf(models.value?.get(uid) ?? { name: null, model_uid: uid });

function spokenValues({ uids, lines, hidden }: Comparison, x: number): string[] {
  return uids.value.flatMap((uid, at) => {
    const value = valueAt(lines.value[at]!, x);
    return value === null || hidden.value.has(uid) ? [] : [`${titleIn(uid)} ${formatExact(value)}`];
  });
}

/** @param x null: nothing is pointed at. */
function valueAtOrLast(line: ComparedLine, x: number | null): number | null {
  return x === null ? (line.raw.findLast(value => value !== null) ?? null) : valueAt(line, x);
}

function LegendLine({ uid, at, comparison, onRemove }: ChartProps & { uid: string; at: number }) {
  const { hidden, lines, group } = comparison;
  const isShown = !hidden.value.has(uid);
  // Not a computed signal: it would keep the value of the place that the model had before another was removed.
  const value = valueAtOrLast(lines.value[at] ?? NO_LINE, group.pointed.value);
  const { colour, isDashed } = lineStyle(at);
  const title = titleIn(uid);
  const toggle = () => {
    const next = new Set(hidden.peek());
    if (!next.delete(uid)) next.add(uid);
    hidden.value = next;
  };
  return (
    <li>
      <button
        type="button"
        class="small"
        aria-pressed={isShown}
        aria-label={`${at + 1} ${t().show(title)}`}
        onClick={toggle}
      >
        <svg width="26" height="10" aria-hidden="true" style={{ color: `var(--${colour})` }}>
          <line x1="0" y1="5" x2="26" y2="5" stroke-dasharray={isDashed ? '7 4' : undefined} />
        </svg>
        {at + 1}
      </button>
      <a href={hrefOf(['models', uid])}>{title}</a>
      <b class="number">{value === null ? '–' : formatExact(value)}</b>
      <button type="button" class="small compare-remove" aria-label={t().remove(title)} onClick={() => onRemove(uid)}>
        ×
      </button>
    </li>
  );
}
