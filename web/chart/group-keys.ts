/** What keys and buttons do to the plots of a group: plus and minus zoom around what is pointed at, 0 shows all, and the rest walks (walk.ts). */
import type { PlotGroup } from './plot.ts';
import { zoomed } from './walk.ts';

/** @param factor above 1: closer. */
export function zoomGroup(group: PlotGroup, factor: number): void {
  const shown = group.zoom.peek() ?? group.extent;
  const centre = group.pointed.peek() ?? (shown.min + shown.max) / 2;
  group.zoom.value = zoomed(shown, group.extent, centre, factor);
}

/** @param step tries a key that does not zoom; false: it does nothing, and is left to the browser. */
export function obeyKey(event: KeyboardEvent, group: PlotGroup, step: (key: string) => boolean): void {
  const { key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === '+' || key === '=') zoomGroup(group, 2);
  else if (key === '-') zoomGroup(group, 1 / 2);
  else if (key === '0') group.zoom.value = null;
  else if (!step(key)) return;
  event.preventDefault();
}
