/** A sample frame by itself, as large as the window allows and larger: the zoomed picture is pushed about in its box. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
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
  const pushed = useCentre(zoom.value, centreOf(frame));
  return (
    <div class="samples-large stack">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard */}
      <section {...pushed} class="samples-window" tabIndex={0} aria-label={word.picture}>
        <div
          class="samples-fit"
          style={{
            width: `calc(min(100%, var(--samples-window) * ${frame.width_px / frame.height_px}) * ${zoom.value})`,
          }}
        >
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

/** A place within a picture, as shares of its width and height. */
interface Place {
  x: number;
  y: number;
}

/** Keeps in the middle of the box what is there when the zoom changes: at first `start`, then what the reader pushed there. */
function useCentre(zoom: number, start: Place) {
  const box = useRef<HTMLElement>(null);
  const centre = useRef(start);
  const isOwnScroll = useRef(false);
  useLayoutEffect(() => {
    const { scrollWidth, scrollHeight, clientWidth, clientHeight } = box.current!;
    const before = [box.current!.scrollLeft, box.current!.scrollTop];
    box.current!.scrollLeft = centre.current.x * scrollWidth - clientWidth / 2;
    box.current!.scrollTop = centre.current.y * scrollHeight - clientHeight / 2;
    isOwnScroll.current = before[0] !== box.current!.scrollLeft || before[1] !== box.current!.scrollTop;
  }, [zoom]);
  const onScroll = () => {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } = box.current!;
    // At its edge the picture gives way; that is not what the reader wants to see.
    if (!isOwnScroll.current) {
      centre.current = {
        x: (scrollLeft + clientWidth / 2) / scrollWidth,
        y: (scrollTop + clientHeight / 2) / scrollHeight,
      };
    }
    isOwnScroll.current = false;
  };
  return { ref: box, onScroll };
}

/** The middle of what is labelled, where the animal is. */
function centreOf({ truth, width_px: widthPx, height_px: heightPx }: Sample['frame']): Place {
  const labelled = truth.filter(point => point !== null);
  if (labelled.length === 0) return { x: 0.5, y: 0.5 };
  const mean = (k: 0 | 1) => labelled.reduce((sum, point) => sum + point[k], 0) / labelled.length;
  return { x: mean(0) / widthPx, y: mean(1) / heightPx };
}
