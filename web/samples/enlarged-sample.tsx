/** A sample frame by itself, as large as the window allows and larger: the zoomed picture is pushed about in its box. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Dialog } from '../frame/dialog.tsx';
import { words } from '../language/language.ts';
import { formatShare } from '../language/numbers.ts';
import type { Sample, Shown } from './draw-sample.ts';
import { frameError } from './sample-errors.ts';
import { MeanError, SampleTable } from './sample-figure.tsx';
import { SamplePicture } from './sample-picture.tsx';

const t = words({
  en: { zoom: 'Zoom', picture: 'Picture, can be scrolled', close: 'Close', numbers: 'Numbers' },
  ru: { zoom: 'Увеличение', picture: 'Изображение, можно прокручивать', close: 'Закрыть', numbers: 'Числа' },
});

const LARGEST_ZOOM = 8;
/** As in samples.css: at first the whole picture is seen. */
const WINDOW_HEIGHT = 'max(12rem, 100vh - 19rem)';

interface EnlargedSampleProps {
  /** null: nothing is enlarged. */
  sample: Sample | null;
  shown: Shown;
  onClose: () => void;
  /** The slider over the epochs. */
  children: ComponentChildren;
}

export function EnlargedSample({ sample, shown, onClose, children }: EnlargedSampleProps) {
  return (
    <Dialog title={sample?.frame.name ?? ''} isOpen={sample !== null} onClose={onClose}>
      {sample && <Large {...{ sample, shown, onClose }}>{children}</Large>}
    </Dialog>
  );
}

function Large({ sample, shown, onClose, children }: Omit<EnlargedSampleProps, 'sample'> & { sample: Sample }) {
  const word = t();
  const id = useId();
  const zoom = useSignal(1);
  const { frame, points, hidden } = sample;
  const aspect = frame.width_px / frame.height_px;
  return (
    <div class="samples-large stack">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard */}
      <section class="samples-window" tabIndex={0} aria-label={word.picture}>
        <div class="samples-fit" style={{ width: `calc(min(100%, ${WINDOW_HEIGHT} * ${aspect}) * ${zoom.value})` }}>
          <SamplePicture {...{ sample, shown }} label={frame.name} />
        </div>
      </section>
      <div class="row">
        <label for={id}>{word.zoom}</label>
        <input
          type="range"
          {...{ id, min: 1, max: LARGEST_ZOOM, step: 0.25, value: zoom.value }}
          aria-valuetext={formatShare(zoom.value)}
          onInput={event => {
            zoom.value = Number(event.currentTarget.value);
          }}
        />
        <output for={id}>{formatShare(zoom.value)}</output>
        <MeanError {...frameError(frame.truth, points, hidden)} />
      </div>
      {children}
      <details>
        <summary>{word.numbers}</summary>
        <SampleTable sample={sample} />
      </details>
      <div class="row">
        <button type="button" onClick={onClose}>
          {word.close}
        </button>
      </div>
    </div>
  );
}
