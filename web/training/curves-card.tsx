/** The card of the curves: tools, the values under the cursor, the plots or the same numbers as a table, and what the chart leaves out. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { EpochErrors } from '../../src/contract/curves.ts';
import type { OutlierRange } from '../chart/outliers.ts';
import { createPlot, type Plot } from '../chart/plot.ts';
import { savePicture } from '../chart/png.ts';
import { formatCount, formatExact } from '../language/numbers.ts';
import { chartSettings } from './chart-settings.ts';
import { ChartTools } from './chart-tools.tsx';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';
import { EpochTable } from './epoch-table.tsx';
import { LOSS_HEIGHT_PX, lossData, lossDesign, RATE_HEIGHT_PX, rateData, rateDesign } from './loss-plots.ts';
import { Readings, shownLines } from './readings.tsx';

interface CurvesCardProps {
  curves: Curves;
  /** What the model is called. */
  title: string;
  /** Of downloads, without an ending. */
  fileName: string;
  errors: EpochErrors | null;
  /** Said in place of the curves while there is no epoch. */
  empty: string;
}

export function CurvesCard({ curves, title, fileName, errors, empty }: CurvesCardProps) {
  const word = curveWords();
  const plots = useRef<Plot[]>([]);
  const hasRows = curves.rows.value.length > 0;
  const { isTable } = chartSettings;
  const savePng = () => {
    const shown = plots.current.map(plot => plot.canvas()).filter(canvas => canvas.clientWidth > 0);
    void savePicture({
      title: `${title} · ${word.title}`,
      legend: shownLines(),
      plots: shown,
      fileName: `${fileName}.png`,
    });
  };
  return (
    <section class="card" aria-labelledby="curves-title">
      <header>
        <h2 id="curves-title">{word.title}</h2>
        {hasRows && <ChartTools curves={curves} fileName={fileName} onSavePng={savePng} />}
      </header>
      {!hasRows && <p class="empty">{empty}</p>}
      {hasRows && isTable.value && <EpochTable curves={curves} errors={errors} />}
      {hasRows && !isTable.value && (
        <>
          <Readings curves={curves} />
          <LossPlots curves={curves} plots={plots} />
        </>
      )}
    </section>
  );
}

function LossPlots({ curves, plots }: { curves: Curves; plots: { current: Plot[] } }) {
  const lossHost = useRef<HTMLDivElement>(null);
  const rateHost = useRef<HTMLDivElement>(null);
  const outliers = useSignal<OutlierRange | null>(null);
  useEffect(() => {
    const { group } = curves;
    // The extent of the group is known once the columns are.
    curves.xs.peek();
    const design = () => lossDesign(curves, outliers);
    const loss = createPlot({ host: lossHost.current!, heightPx: LOSS_HEIGHT_PX, group, design });
    const rate = createPlot({ host: rateHost.current!, heightPx: RATE_HEIGHT_PX, group, design: rateDesign });
    plots.current = [loss, rate];
    return () => {
      plots.current = [];
      loss.destroy();
      rate.destroy();
    };
  }, [curves]);
  useSignalEffect(() => {
    const [loss, rate] = plots.current;
    const [lossColumns, rateColumns] = [lossData(curves), rateData(curves)];
    loss?.show(lossColumns);
    rate?.show(rateColumns);
  });
  const word = curveWords();
  const { epochs } = curves.columns.value;
  return (
    <>
      <figure
        class="plots"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys walk its epochs
        tabIndex={0}
        aria-label={`${word.chartOf(epochs.length)} ${bestSentence(curves) ?? ''} ${word.keys}`}
        onKeyDown={curves.onKey}
      >
        <div ref={lossHost} />
        <div ref={rateHost} hidden={chartSettings.hidden.value.includes('lr')} />
      </figure>
      <ChartNotes curves={curves} outliers={outliers.value} />
    </>
  );
}

/** The best epoch, and whatever the chart does not show. */
function ChartNotes({ curves, outliers }: { curves: Curves; outliers: OutlierRange | null }) {
  const word = curveWords();
  const { smoothing, isLog } = chartSettings;
  const best = bestSentence(curves);
  return (
    <p class="muted small">
      {[
        best && `${best} (${word.ringed}).`,
        smoothing.value > 0 && word.smoothed,
        outliers && word.outside(outliers.outside, outliers.total),
        isLog.value && curves.columns.value.undrawn > 0 && word.undrawn,
        word.hint,
      ]
        .filter(Boolean)
        .join(' ')}
    </p>
  );
}

function bestSentence({ columns, rows }: Curves): string | null {
  const { bestIdx } = columns.value;
  const row = bestIdx === null ? undefined : rows.value[bestIdx];
  return row ? curveWords().best(formatExact(row.val_loss), formatCount(row.epoch)) : null;
}
