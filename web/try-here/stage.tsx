/** What the model sees: the frame with its pose on a canvas, the controls under it, and the same as a table, which is the legend too. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { USUAL_PEAKS } from '../../src/contract/global-peaks.ts';
import { CheckBox } from '../frame/check-box.tsx';
import { FactList } from '../frame/fact-list.tsx';
import { kept, keptNumber } from '../frame/kept.ts';
import { forms, words } from '../language/language.ts';
import { formatNumber } from '../language/numbers.ts';
import { type PosePoint, poseColours } from '../pose/draw-pose.ts';
import { drawStage } from './draw-stage.ts';
import type { FrameSource } from './frame-source.ts';
import type { ModelOffer } from './model-download.ts';
import { PlayControls } from './play-controls.tsx';
import { PointsTable } from './points-table.tsx';
import type { Reading, Trial } from './trial.ts';

/** For the whole page, so that the next model looks the same. */
const threshold = keptNumber('try-threshold', USUAL_PEAKS.threshold, 0, 1);
const hasNames = kept(
  'try-names',
  text => text !== 'no',
  has => (has ? 'yes' : 'no'),
);

const t = words({
  en: {
    title: 'What the model sees',
    picture: (found: number, all: number) =>
      `The frame with ${found} of ${all} ${forms(all, 'keypoint', 'keypoints')} found`,
    waiting: 'The first frame is being computed…',
    threshold: 'Confidence threshold',
    names: 'Names',
    heat: 'Confidence map of',
    none: 'none',
    facts: {
      perSecond: 'Frames a second',
      last: 'Last frame',
      median: 'Median',
      size: 'Frame',
      frames: 'Frames computed',
      tensors: 'Tensors held',
    },
    ms: (ms: string) => `${ms} ms`,
    px: (size: string) => `${size} px`,
  },
  ru: {
    title: 'Что видит модель',
    picture: (found: number, all: number) => `Кадр: найдено ключевых точек — ${found} из ${all}`,
    waiting: 'Считаем первый кадр…',
    threshold: 'Порог уверенности',
    names: 'Названия',
    heat: 'Карта уверенности',
    none: 'не показывать',
    facts: {
      perSecond: 'Кадров в секунду',
      last: 'Последний кадр',
      median: 'Медиана',
      size: 'Кадр',
      frames: 'Посчитано кадров',
      tensors: 'Тензоров в памяти',
    },
    ms: (ms: string) => `${ms} мс`,
    px: (size: string) => `${size} пикс.`,
  },
});

interface StageProps {
  offer: ModelOffer;
  trial: Trial;
  source: FrameSource;
}

export function Stage({ offer: { keypoints, edges }, trial, source }: StageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const hidden = useSignal<ReadonlySet<number>>(new Set());
  const size = useSignal({ widthPx: 0, heightPx: 0 });
  const colours = useMemo(() => poseColours(keypoints.length), [keypoints]);
  useEffect(() => {
    const watching = new ResizeObserver(([entry]) => {
      const { width: widthPx, height: heightPx } = entry!.contentRect;
      size.value = { widthPx, heightPx };
    });
    watching.observe(canvas.current!);
    return () => watching.disconnect();
  }, []);
  useSignalEffect(() => {
    const shown = trial.shown.value;
    const style = { colours, edges, threshold: threshold.value, hidden: hidden.value };
    const names = hasNames.value ? keypoints : null;
    const heatOf = trial.heatOf.value;
    const box = size.value;
    if (shown === null) return;
    const heat = shown.heat && heatOf !== null ? { map: shown.heat, colour: colours[heatOf]! } : null;
    drawStage(
      canvas.current!,
      { bitmap: shown.bitmap, points: posePoints(shown.points), heat, names, shown: box },
      style,
    );
  });
  const reading = trial.reading.value;
  const points = reading && posePoints(reading.shown.points);
  const found = points?.filter(point => point !== null && point[2]! >= threshold.value).length ?? 0;
  return (
    <section class="card stack" aria-labelledby="try-stage">
      <h2 id="try-stage">{t().title}</h2>
      <div class="try-stage">
        <div class="stack">
          <canvas
            ref={canvas}
            hidden={trial.shown.value === null}
            role="img"
            aria-label={t().picture(found, keypoints.length)}
          />
          {trial.shown.value === null && <p class="empty">{t().waiting}</p>}
          {source.video && <PlayControls trial={trial} source={source} />}
          <div class="row">
            <label class="row small try-slider">
              <span>{t().threshold}</span>
              <input
                type="range"
                min={0}
                max={1}
                step={0.01}
                value={threshold.value}
                onInput={event => {
                  threshold.value = event.currentTarget.valueAsNumber;
                }}
              />
              <output>{threshold.value.toFixed(2)}</output>
            </label>
            <CheckBox label={t().names} of={hasNames} class="small" />
            <label class="row small">
              <span>{t().heat}</span>
              <select
                value={trial.heatOf.value ?? ''}
                onChange={({ currentTarget: { value } }) => trial.showHeatOf(value === '' ? null : Number(value))}
              >
                <option value="">{t().none}</option>
                {keypoints.map((name, k) => (
                  <option key={name} value={k}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </div>
        </div>
        <div class="stack">
          <PointsTable
            {...{ keypoints, colours, hidden }}
            points={points}
            threshold={threshold.value}
            isMoving={trial.isPlaying.value}
          />
          {reading && <Facts reading={reading} />}
        </div>
      </div>
    </section>
  );
}

function Facts({ reading: { shown, times } }: { reading: Reading }) {
  const { facts, ms, px } = t();
  const orNone = (value: number | null, write: (text: string) => string = text => text) =>
    value === null ? '–' : write(formatNumber(value));
  const rows = {
    perSecond: orNone(times.perSecond),
    last: orNone(times.lastMs, ms),
    median: orNone(times.medianMs, ms),
    size: px(`${shown.bitmap.width} × ${shown.bitmap.height}`),
    frames: String(times.frames),
    tensors: String(shown.tensors),
  };
  const named = Object.entries(rows).map(([name, value]) => [facts[name as keyof typeof facts], value] as const);
  return <FactList facts={named} />;
}

/** @param points [K, 3] of a frame. */
function posePoints(points: Float32Array): PosePoint[] {
  return Array.from({ length: points.length / 3 }, (_, k) => {
    const [x, y, score] = points.subarray(3 * k, 3 * k + 3) as unknown as [number, number, number];
    return Number.isNaN(x) ? null : [x, y, score];
  });
}
