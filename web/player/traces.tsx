/** The card of the traces: x, y and score of the chosen keypoints over the frames, bound to the video both ways, and their zoom. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { colourOf, isDark } from '../frame/theme.ts';
import { words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { poseColours } from '../pose/draw-pose.ts';
import type { PlayerParts } from './player-parts.ts';
import type { FrameRange, TraceInput } from './trace-drawing.ts';
import { createTracePlots, type TracePlots } from './trace-plots.ts';

const t = words({
  en: {
    title: 'Traces',
    closer: 'Zoom in',
    wider: 'Zoom out',
    all: 'Show all',
    range: (first: string, last: string) => `frames ${first}–${last}`,
    plots: 'Plots of x, y and score of the keypoints over the frames; the table has the values of the frame in sight',
    help: 'Press or drag to go to a frame; drag with Shift to zoom. Faint: below the lowest score.',
    axes: { x: 'x, px', y: 'y, px', score: 'score' },
  },
  ru: {
    title: 'Траектории',
    closer: 'Приблизить',
    wider: 'Отдалить',
    all: 'Показать всё',
    range: (first: string, last: string) => `кадры ${first}–${last}`,
    plots: 'Графики x, y и оценки точек по кадрам; значения видимого кадра — в таблице',
    help: 'Нажмите или проведите мышью, чтобы перейти к кадру; с Shift — чтобы приблизить. Бледное — ниже порога оценки.',
    axes: { x: 'x, пикс.', y: 'y, пикс.', score: 'оценка' },
  },
});

const FEWEST_FRAMES = 10;
const WHILE_READING_MS = 700;

export function Traces({ parts }: { parts: PlayerParts }) {
  const { playback, predictions, settings, inference } = parts;
  const host = useRef<HTMLDivElement>(null);
  const plots = useRef<TracePlots | null>(null);
  const zoom = useSignal<FrameRange | null>(null);
  const colours = useMemo(() => poseColours(inference.keypoints.length), [inference.keypoints.length]);
  const all = (): FrameRange => [0, Math.max(1, playback.frames.peek() - 1)];
  const zoomTo = (range: FrameRange) => {
    zoom.value = withinAll(range, all());
  };
  const scale = (factor: number, around: number) => {
    const [first, last] = zoom.peek() ?? all();
    zoomTo([around - (around - first) * factor, around + (last - around) * factor]);
  };
  const scaleHere = (factor: number) => {
    const [first, last] = zoom.peek() ?? all();
    const { value: shown } = playback.shown;
    scale(factor, shown >= first && shown <= last ? shown : (first + last) / 2);
  };

  const dark = isDark();
  const axes = t().axes;
  const made = useSignal(0);
  useEffect(() => {
    plots.current = createTracePlots(host.current!, axes, colourOf, {
      onSeek: playback.seek,
      onZoom: zoomTo,
      onScale: scale,
      onShowAll: () => {
        zoom.value = null;
      },
    });
    made.value++;
    return () => plots.current!.destroy();
  }, [dark, axes]);

  const next = useRef<TraceInput | null>(null);
  const timer = useRef(0);
  /** Plots that were drawn into. */
  const drawn = useRef(0);
  useSignalEffect(() => {
    const { columns, length } = predictions.growing.value;
    const hidden = settings.hidden.value;
    const input = {
      ...{ columns, length, colours, threshold: settings.threshold.value },
      keypoints: inference.keypoints.map((_, k) => k).filter(k => !hidden.has(k)),
      frames: zoom.value ?? ([0, Math.max(1, playback.frames.value - 1)] as const),
      frameStep: inference.inference_config.frame_step,
    };
    if (made.value === 0) return;
    next.current = input;
    // Rows that arrive many times a second must not hold up the video; with the last of them there is nothing to wait for.
    const isReading = predictions.isReading.value;
    if (timer.current !== 0 && isReading) return;
    clearTimeout(timer.current);
    const waitMs = isReading && made.value === drawn.current ? WHILE_READING_MS : 0;
    drawn.current = made.value;
    timer.current = window.setTimeout(() => {
      timer.current = 0;
      plots.current!.draw(next.current!);
    }, waitMs);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  useSignalEffect(() => {
    const frame = playback.asked.value ?? playback.shown.value;
    if (made.value > 0) plots.current!.point(frame);
    const range = zoom.peek();
    if (range && (frame < range[0] || frame > range[1])) zoom.value = around(frame, range, all());
  });

  const shown = zoom.value;
  return (
    <section class="card" aria-label={t().title}>
      <header>
        <h2>{t().title}</h2>
        <span class="row">
          {shown && (
            <>
              <span class="muted small">
                {t().range(formatCount(Math.ceil(shown[0])), formatCount(Math.floor(shown[1])))}
              </span>
              <button type="button" class="small" onClick={() => (zoom.value = null)}>
                {t().all}
              </button>
            </>
          )}
          <button
            type="button"
            class="small"
            aria-label={t().wider}
            title={t().wider}
            disabled={!shown}
            onClick={() => scaleHere(2)}
          >
            −
          </button>
          <button type="button" class="small" aria-label={t().closer} title={t().closer} onClick={() => scaleHere(0.5)}>
            +
          </button>
        </span>
      </header>
      <div ref={host} class="player-traces" role="img" aria-label={t().plots} />
      <p class="muted small">{t().help}</p>
    </section>
  );
}

/** The range, cut to what there is; null: all of it. */
function withinAll([first, last]: FrameRange, [least, most]: FrameRange): FrameRange | null {
  const width = Math.max(FEWEST_FRAMES, last - first);
  if (width >= most - least) return null;
  const from = Math.max(least, Math.min((first + last - width) / 2, most - width));
  return [from, from + width];
}

/** A range of the same width in which the frame stands near the beginning, so that what follows is seen. */
function around(frame: number, [first, last]: FrameRange, all: FrameRange): FrameRange | null {
  const width = last - first;
  return withinAll([frame - width / 10, frame + (width * 9) / 10], all);
}
