/**
 * What every chart of the page needs beside uPlot: it fills its box, takes new colours with the theme, and keeps what a reader zoomed to
 * while data grows. Plots of a group show the same part of their common x axis and have their cursors at the same place.
 *
 * `design` is read as an effect: when a signal that it reads changes (the theme, the language, a logarithmic axis), the plot is made anew,
 * since uPlot cannot change the kind of a scale (its issue 669). The x axis asks its range of the group, so nothing has to be put back.
 */
import { effect, type Signal, signal, untracked } from '@preact/signals';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../frame/theme.ts';
import type { Span } from './walk.ts';
import './chart.css';

export interface PlotGroup {
  /** Part of the x axis that is shown; null: all. */
  zoom: Signal<Span | null>;
  /** The x of a datum that is pointed at, by the mouse or by keys. */
  pointed: Signal<number | null>;
  /** All there is on the x axis. Set it before data is shown. */
  extent: Span;
}

export function createGroup(): PlotGroup {
  return { zoom: signal(null), pointed: signal(null), extent: { min: 0, max: 1 } };
}

export type PlotDesign = Pick<uPlot.Options, 'series' | 'axes' | 'bands' | 'hooks' | 'padding'> & {
  /** Beside x. */
  scales: uPlot.Scales;
};

export interface PlotOptions {
  host: HTMLElement;
  heightPx: number;
  group: PlotGroup;
  design: () => PlotDesign;
}

export interface Plot {
  /** Draws these columns, x first, before the next frame. */
  show(data: uPlot.AlignedData): void;
  /** As it is drawn, axes included. */
  canvas(): HTMLCanvasElement;
  destroy(): void;
}

const SHORTEST_DRAG_PX = 5;

export function createPlot({ host, heightPx, group, design }: PlotOptions): Plot {
  let data: uPlot.AlignedData = [[]];
  let plot: uPlot | null = null;

  const stopDesign = effect(() => {
    isDark();
    const designed = design();
    untracked(() => {
      plot?.destroy();
      plot = new uPlot(
        optionsOf(designed, group, { width: Math.max(1, host.clientWidth), height: heightPx }),
        data,
        host,
      );
    });
  });
  const stopZoom = effect(() => {
    group.zoom.value;
    plot!.setData(data);
  });
  const stopCursor = effect(() => {
    putCursor(plot!, group.pointed.value);
  });
  const resized = new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== plot!.width)
      plot!.setSize({ width: host.clientWidth, height: heightPx });
  });
  resized.observe(host);

  return {
    show(shown) {
      data = shown;
      plot!.setData(data);
    },
    canvas: () => plot!.ctx.canvas,
    destroy() {
      for (const stop of [stopDesign, stopZoom, stopCursor]) stop();
      resized.disconnect();
      plot!.destroy();
    },
  };
}

function optionsOf(
  { scales, hooks = {}, ...designed }: PlotDesign,
  group: PlotGroup,
  size: { width: number; height: number },
): uPlot.Options {
  const { zoom, pointed } = group;
  /** Whether the cursor moves because the mouse does: new data and the other plots of the group move it, too. */
  let isMouse = false;
  const byMouse: uPlot.Cursor.MouseListenerFactory = (_plot, _target, handle) => event => {
    isMouse = true;
    handle(event);
    isMouse = false;
    return null;
  };
  return {
    padding: [10, 14, 0, 0],
    ...designed,
    ...size,
    scales: {
      x: {
        time: false,
        range: () => {
          const { min, max } = zoom.peek() ?? group.extent;
          return [min, max];
        },
      },
      ...scales,
    },
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, dist: SHORTEST_DRAG_PX, setScale: false },
      points: { size: 7 },
      bind: {
        mousemove: byMouse,
        mouseleave: byMouse,
        dblclick: () => () => {
          zoom.value = null;
          return null;
        },
      },
    },
    hooks: {
      ...hooks,
      setCursor: [
        plot => {
          const { idx } = plot.cursor;
          if (isMouse) pointed.value = idx == null ? null : (plot.data[0][idx] ?? null);
          else putCursor(plot, pointed.peek());
        },
      ],
      setSelect: [
        plot => {
          const { left, width } = plot.select;
          if (width < SHORTEST_DRAG_PX) return;
          zoom.value = { min: plot.posToVal(left, 'x'), max: plot.posToVal(left + width, 'x') };
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** On the datum at `x`; outside the plot when there is none. */
function putCursor(plot: uPlot, x: number | null): void {
  plot.setCursor(x === null ? { left: -10, top: -10 } : { left: plot.valToPos(x, 'x'), top: 1 }, false);
}
