/** What the charts of one model share: its log as columns, the part that is zoomed to, the epoch that is pointed at. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { EpochRow } from '../../src/contract/model.ts';
import type { ModelStore } from '../api/model-store.ts';
import { obeyKey, zoomGroup } from '../chart/group-keys.ts';
import { createGroup, type PlotGroup } from '../chart/plot.ts';
import { nearestIdx, walk } from '../chart/walk.ts';
import { chartSettings } from './chart-settings.ts';
import { type Columns, ColumnsBuilder } from './columns.ts';

const FEWEST_EPOCHS_SHOWN = 2;

export interface Curves {
  group: PlotGroup;
  columns: ReadonlySignal<Columns>;
  /** Epochs, or seconds of training, as the reader chose: the x of each row. The same array grows; `columns` tells when. */
  xs: ReadonlySignal<readonly number[]>;
  /** The row that is pointed at; null: none. */
  pointedIdx: ReadonlySignal<number | null>;
  rows: ReadonlySignal<readonly EpochRow[]>;
  /** What is to be read out: the row that keys led to. */
  spoken: ReadonlySignal<EpochRow | null>;
  onKey: (event: KeyboardEvent) => void;
  /** Closer for a factor above 1, around what is pointed at or the middle. */
  zoomBy: (factor: number) => void;
}

export function useCurves(store: ModelStore): Curves {
  const curves = useMemo(() => createCurves(store), [store]);
  // Another axis shows the same epochs.
  useEffect(() => keepZoom(curves), [curves]);
  return curves;
}

function createCurves({ rows }: ModelStore): Curves {
  const { isLog, smoothing, axis } = chartSettings;
  const group = createGroup();
  const builder = new ColumnsBuilder();
  const columns = computed(() => builder.take(rows.value, { isLog: isLog.value, smoothing: smoothing.value }));
  const xs = computed(() => {
    const { epochs, elapsed } = columns.value;
    const column = axis.value === 'epoch' ? epochs : elapsed;
    const [first = 0, last = 0] = [axis.value === 'epoch' ? epochs[0] : 0, column.at(-1)];
    const least = axis.value === 'epoch' ? FEWEST_EPOCHS_SHOWN : (elapsed[0] ?? 1);
    group.extent = { min: first, max: Math.max(last, first + least) };
    return column;
  });
  const pointedIdx = computed(() => {
    const x = group.pointed.value;
    return x === null || xs.value.length === 0 ? null : nearestIdx(xs.value, x);
  });
  const spokenIdx = signal<number | null>(null);
  const spoken = computed(() => (spokenIdx.value === null ? null : (rows.value[spokenIdx.value] ?? null)));

  const zoomBy = (factor: number) => zoomGroup(group, factor);
  const onKey = (event: KeyboardEvent) =>
    obeyKey(event, group, key => {
      const to = walk(key, pointedIdx.peek(), xs.peek().length);
      if (to === undefined) return false;
      group.pointed.value = to === null ? null : xs.peek()[to]!;
      spokenIdx.value = to;
      return true;
    });
  return { group, columns, xs, pointedIdx, rows, spoken, onKey, zoomBy };
}

function keepZoom({ group, columns }: Curves): () => void {
  return chartSettings.axis.subscribe(axis => {
    const { zoom } = group;
    const { epochs, elapsed } = columns.peek();
    const shown = zoom.peek();
    const [from, to] = axis === 'epoch' ? [elapsed, epochs] : [epochs, elapsed];
    group.pointed.value = null;
    if (shown === null || from.length === 0) return;
    const [min, max] = [to[nearestIdx(from, shown.min)]!, to[nearestIdx(from, shown.max)]!];
    zoom.value = max > min ? { min, max } : null;
  });
}
