/**
 * A chart as a picture for a talk or a paper: a title, what the lines are, and the plots below each other as they are on the page, on its
 * background, in the colours of the theme. Axes and their names are part of the plots.
 */
import { colourOf } from '../frame/theme.ts';
import { saveFile } from './save-file.ts';

export interface Picture {
  title: string;
  /** Lines of the plots; colours as theme.css names them. */
  legend: readonly { label: string; colour: string }[];
  plots: readonly HTMLCanvasElement[];
  fileName: string;
}

const [MARGIN_PX, TITLE_PX, LEGEND_PX, FONT] = [16, 30, 26, 'system-ui, sans-serif'];

/** Draws it and hands it out as a download. @throws Error where the browser cannot encode it. */
export async function savePicture({ title, legend, plots, fileName }: Picture): Promise<void> {
  const [first] = plots;
  const ratio = first!.width / first!.clientWidth;
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(...plots.map(plot => plot.width)) + 2 * MARGIN_PX * ratio;
  const headPx = MARGIN_PX + TITLE_PX + LEGEND_PX;
  canvas.height = plots.reduce((sum, plot) => sum + plot.height, (headPx + MARGIN_PX) * ratio);
  const context = canvas.getContext('2d')!;
  context.fillStyle = colourOf('surface');
  context.fillRect(0, 0, canvas.width, canvas.height);

  context.save();
  context.scale(ratio, ratio);
  context.textBaseline = 'middle';
  context.fillStyle = colourOf('text');
  context.font = `600 16px ${FONT}`;
  context.fillText(title, MARGIN_PX, MARGIN_PX + TITLE_PX / 2, canvas.width / ratio - 2 * MARGIN_PX);
  drawLegend(context, legend, MARGIN_PX + TITLE_PX + LEGEND_PX / 2);
  context.restore();

  let top = headPx * ratio;
  for (const plot of plots) {
    context.drawImage(plot, MARGIN_PX * ratio, top);
    top += plot.height;
  }
  const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error(`The browser cannot make a picture of ${canvas.width} × ${canvas.height} pixels.`);
  saveFile(fileName, blob);
}

function drawLegend(context: CanvasRenderingContext2D, legend: Picture['legend'], y: number): void {
  let x = MARGIN_PX;
  context.font = `13px ${FONT}`;
  for (const { label, colour } of legend) {
    context.fillStyle = colourOf(colour);
    context.fillRect(x, y - 2, 18, 4);
    context.fillStyle = colourOf('text');
    context.fillText(label, x + 24, y);
    x += 24 + context.measureText(label).width + 18;
  }
}
