/** A sample frame with its points drawn over it, as large as its place. The drawing follows the size of the place and of the screen's pixels. */
import { useEffect, useRef } from 'preact/hooks';
import { urlOf } from '../api/client.ts';
import { drawSample, type Sample, type Shown } from './draw-sample.ts';

/** More than a screen shows; beyond it browsers refuse a canvas. */
const LARGEST_SIDE_PX = 4096;

interface SamplePictureProps {
  sample: Sample;
  shown: Shown;
  /** What is seen, for those who do not see it. */
  label: string;
}

export function SamplePicture({ sample, shown, label }: SamplePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef({ sample, shown });
  latest.current = { sample, shown };
  const draw = () => {
    const { current } = canvas;
    if (current === null || current.clientWidth === 0) return;
    const { clientWidth, clientHeight } = current;
    const ratio = Math.min(devicePixelRatio, LARGEST_SIDE_PX / Math.max(clientWidth, clientHeight));
    const [widthPx, heightPx] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    // Setting a size clears a canvas, also where it is the same.
    if (current.width !== widthPx) current.width = widthPx;
    if (current.height !== heightPx) current.height = heightPx;
    drawSample(current, latest.current.sample, latest.current.shown, ratio);
  };
  useEffect(draw);
  useEffect(() => {
    const observer = new ResizeObserver(draw);
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  const { frame } = sample;
  return (
    <span class="samples-picture">
      <img
        src={urlOf(frame.picture_url)}
        width={frame.picture_width_px}
        height={frame.picture_height_px}
        alt={label}
        decoding="async"
        draggable={false}
      />
      <canvas ref={canvas} />
    </span>
  );
}
