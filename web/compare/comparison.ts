/** What the chart, its legend and its keys share: the lines of the models that are compared, what is pointed at, what is hidden. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { obeyKey, zoomGroup } from '../chart/group-keys.ts';
import { createGroup, type PlotGroup } from '../chart/plot.ts';
import { nearestIdx, walk } from '../chart/walk.ts';
import { route } from '../frame/routes.ts';
import { chartSettings } from '../training/chart-settings.ts';
import { readCompareQuery } from './compare-query.ts';
import { errorCourses, lossCourses } from './courses.ts';
import { type ComparedLine, comparedLine } from './lines.ts';

const FEWEST_EPOCHS_SHOWN = 2;

export interface Comparison {
  group: PlotGroup;
  uids: ReadonlySignal<readonly string[]>;
  /** In the order of the uids. */
  lines: ReadonlySignal<readonly ComparedLine[]>;
  /** Models whose line was switched off. */
  hidden: Signal<ReadonlySet<string>>;
  /** The x that keys led to, to be read out. */
  spokenX: ReadonlySignal<number | null>;
  onKey: (event: KeyboardEvent) => void;
  zoomBy: (factor: number) => void;
}

export const compareQuery = computed(() => readCompareQuery(route.value.query));

export function createComparison(): Comparison {
  const { isLog, smoothing, axis } = chartSettings;
  const group = createGroup();
  const hidden = signal<ReadonlySet<string>>(new Set());
  const spokenX = signal<number | null>(null);
  let known: readonly string[] = [];
  const uids = computed(() => {
    const { uids } = compareQuery.value;
    if (uids.join() !== known.join()) known = uids;
    return known;
  });
  const lines = computed(() => {
    const options = {
      measure: compareQuery.value.measure,
      ...{ axis: axis.value, isLog: isLog.value, smoothing: smoothing.value },
    };
    const drawn = uids.value.map(uid => {
      const log = lossCourses.held.value.get(uid)?.course ?? null;
      const errors = errorCourses.held.value.get(uid)?.course ?? null;
      return comparedLine(log, errors, options);
    });
    const ends = drawn.flatMap(({ xs }) => (xs.length === 0 ? [] : [xs[0]!, xs.at(-1)!]));
    const first = options.axis === 'time' || ends.length === 0 ? 0 : Math.min(...ends);
    group.extent = { min: first, max: Math.max(first + FEWEST_EPOCHS_SHOWN, ...ends) };
    return drawn;
  });

  const zoomBy = (factor: number) => zoomGroup(group, factor);
  const onKey = (event: KeyboardEvent) =>
    obeyKey(event, group, key => {
      const xs = walkable(lines.peek());
      const pointed = group.pointed.peek();
      const at = pointed === null || xs.length === 0 ? null : nearestIdx(xs, pointed);
      const to = walk(key, at, xs.length);
      if (to === undefined) return false;
      group.pointed.value = to === null ? null : (xs[to] ?? null);
      spokenX.value = group.pointed.peek();
      return true;
    });
  return { group, uids, lines, hidden, spokenX, onKey, zoomBy };
}

/** The value of a line at an x: that of its nearest datum; null beyond its ends. */
export function valueAt({ xs, raw }: ComparedLine, x: number): number | null {
  if (xs.length === 0 || x < xs[0]! || x > xs.at(-1)!) return null;
  return raw[nearestIdx(xs, x)] ?? null;
}

/** Keys walk along the line with the most data. */
function walkable(lines: readonly ComparedLine[]): readonly number[] {
  return lines.reduce<readonly number[]>((longest, { xs }) => (xs.length > longest.length ? xs : longest), []);
}
