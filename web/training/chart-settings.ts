/** How a reader wants the curves, kept in this browser and the same for every model. */
import { kept } from '../frame/kept.ts';

export const AXES = ['epoch', 'time'] as const;
const HIDEABLE = ['loss', 'val_loss', 'lr'] as const;
export type Hideable = (typeof HIDEABLE)[number];

export const MOST_SMOOTHING = 0.99;

const isHideable = (name: string): name is Hideable => (HIDEABLE as readonly string[]).includes(name);

export const chartSettings = {
  isLog: kept('chart-log', text => text !== 'no', yesOrNo),
  /** Weight of what was before, 0 to MOST_SMOOTHING. */
  smoothing: kept('chart-smoothing', text => Math.min(MOST_SMOOTHING, Math.max(0, Number(text) || 0)), String),
  axis: kept<(typeof AXES)[number]>('chart-axis', text => AXES.find(axis => axis === text) ?? 'epoch', String),
  ignoresOutliers: kept(
    'chart-outliers',
    text => text === 'ignored',
    on => (on ? 'ignored' : 'shown'),
  ),
  isTable: kept('chart-table', text => text === 'yes', yesOrNo),
  /** Lines that were switched off. */
  hidden: kept<readonly Hideable[]>(
    'chart-hidden',
    text => (text ?? '').split(',').filter(isHideable),
    names => names.join(','),
  ),
};

export function toggleLine(name: Hideable): void {
  const { hidden } = chartSettings;
  const others = hidden.peek().filter(other => other !== name);
  hidden.value = others.length < hidden.peek().length ? others : [...others, name];
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'no';
}
