/** How far predictions are from the labels, epoch by epoch: in pixels, and as PCK and OKS. Zoom and cursor go with those of the curves. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { EpochErrors } from '../../src/contract/curves.ts';
import { createPlot, type Plot } from '../chart/plot.ts';
import { savePicture } from '../chart/png.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { formatCount } from '../language/numbers.ts';
import { curveWords } from './curve-words.ts';
import type { Curves } from './curves.ts';
import type { EpochErrorsStore } from './epoch-errors.ts';
import { ERROR_COLOURS, ERRORS_HEIGHT_PX, errorData, pixelsDesign, sharesDesign } from './error-plots.ts';
import { measureWords } from './measure-words.ts';
import { exact } from './readings.tsx';

type Measure = keyof typeof ERROR_COLOURS;
const MEASURES = Object.keys(ERROR_COLOURS) as Measure[];

interface ErrorsCardProps {
  curves: Curves;
  store: EpochErrorsStore;
  title: string;
  /** Of downloads, without an ending. */
  fileName: string;
}

export function ErrorsCard({ curves, store, title, fileName }: ErrorsCardProps) {
  const word = measureWords();
  const failure = store.failure.value;
  const isKnown = store.errors.value !== null;
  const plots = useRef<Plot[]>([]);
  if (!isKnown && failure === null) return null;
  const savePng = () => {
    const legend = MEASURES.map(name => ({ label: word.columns[name], colour: ERROR_COLOURS[name] }));
    const shown = plots.current.map(plot => plot.canvas());
    void savePicture({ title: `${title} · ${word.title}`, legend, plots: shown, fileName: `${fileName}.png` });
  };
  return (
    <section class="card" aria-labelledby="errors-title">
      <header>
        <h2 id="errors-title">{word.title}</h2>
        {isKnown && (
          <button type="button" class="small" onClick={savePng}>
            {curveWords().savePng}
          </button>
        )}
      </header>
      <Notices notices={failure ? [failureNotice(word.failed, failure)] : []} />
      {isKnown && <ErrorPlots curves={curves} store={store} plots={plots} />}
    </section>
  );
}

function ErrorPlots({
  curves,
  store,
  plots,
}: Pick<ErrorsCardProps, 'curves' | 'store'> & { plots: { current: Plot[] } }) {
  const pixelsHost = useRef<HTMLDivElement>(null);
  const sharesHost = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const shared = { group: curves.group, heightPx: ERRORS_HEIGHT_PX };
    const pixels = createPlot({ ...shared, host: pixelsHost.current!, design: pixelsDesign });
    const shares = createPlot({ ...shared, host: sharesHost.current!, design: sharesDesign });
    plots.current = [pixels, shares];
    return () => {
      plots.current = [];
      pixels.destroy();
      shares.destroy();
    };
  }, [curves]);
  useSignalEffect(() => {
    const errors = store.errors.value;
    if (errors === null) return;
    const data = errorData(errors, curves);
    plots.current[0]?.show(data.pixels);
    plots.current[1]?.show(data.shares);
  });
  const word = measureWords();
  return (
    <>
      <ErrorReadings curves={curves} errors={store.errors.value!} />
      <figure
        class="plots side-by-side"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys walk its epochs
        tabIndex={0}
        aria-label={`${word.chartOf} ${curveWords().keys}`}
        onKeyDown={curves.onKey}
      >
        <div ref={pixelsHost} />
        <div ref={sharesHost} />
      </figure>
      <p class="muted small">{word.note}</p>
    </>
  );
}

/** Of the epoch that is pointed at, else of the newest that was measured; the legend, too. */
function ErrorReadings({ curves, errors }: { curves: Curves; errors: EpochErrors }) {
  const pointed = curves.pointedIdx.value === null ? undefined : curves.rows.value[curves.pointedIdx.value]?.epoch;
  const found = pointed === undefined ? -1 : errors.epochs.indexOf(pointed);
  const idx = pointed === undefined ? errors.epochs.length - 1 : found;
  return (
    <div class="readings">
      <span>
        <span class="label">{curveWords().epoch}</span>{' '}
        <b class="epoch">{formatCount(pointed ?? errors.epochs[idx] ?? 0)}</b>
      </span>
      {MEASURES.map(name => (
        <span key={name}>
          <span class={`label swatch ${ERROR_COLOURS[name]}`}>{measureWords().columns[name]}</span>
          <b class={name}>{exact(errors[name][idx] ?? null)}</b>
        </span>
      ))}
    </div>
  );
}
