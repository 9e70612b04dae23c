/**
 * The canvas over the picture, a pixel of it a pixel of the screen. It draws what was found in the frame that is in sight, whenever that or
 * the look of it changes; where the stage has a picture of its own (a single frame), that is drawn below.
 */
import { type ReadonlySignal, signal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { poseColours } from '../pose/draw-pose.ts';
import { drawFrame } from './draw-frame.ts';
import type { PlayerParts } from './player-parts.ts';

interface PoseCanvasProps {
  parts: PlayerParts;
  /** Drawn below the pose; its frame is the one in sight. */
  picture?: ReadonlySignal<CanvasImageSource | null>;
}

export function PoseCanvas({ parts, picture }: PoseCanvasProps) {
  const { playback, predictions, settings, inference } = parts;
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useMemo(() => signal<readonly [number, number]>([0, 0]), []);
  const colours = useMemo(() => poseColours(inference.keypoints.length), [inference.keypoints.length]);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      size.value = devicePixels(entry!);
    });
    try {
      observer.observe(canvas.current!, { box: 'device-pixel-content-box' });
    } catch {
      observer.observe(canvas.current!); // a browser that does not know that box
    }
    return () => observer.disconnect();
  }, []);

  useSignalEffect(() => {
    const [width, height] = size.value;
    const { columns } = predictions.growing.value;
    const frame = playback.shown.value;
    const look = {
      ...{ colours, edges: inference.edges },
      ...{ threshold: settings.threshold.value, trailFrames: settings.trailFrames.value, size: settings.size.value },
      ...{ hasLabels: settings.hasLabels.value, hidden: settings.hidden.value },
    };
    const ground = picture?.value;
    const { current } = canvas;
    if (!current || width === 0 || height === 0) return;
    if (current.width !== width || current.height !== height) [current.width, current.height] = [width, height];
    const context = current.getContext('2d')!;
    context.clearRect(0, 0, width, height);
    if (ground) context.drawImage(ground, 0, 0, width, height);
    drawFrame(context, columns, frame, parts.picture.value, look);
    current.dataset.frame = String(frame);
  });
  return <canvas ref={canvas} class="player-canvas" />;
}

function devicePixels(entry: ResizeObserverEntry): [number, number] {
  const [exact] = entry.devicePixelContentBoxSize ?? [];
  if (exact) return [exact.inlineSize, exact.blockSize];
  const { width, height } = entry.contentRect;
  return [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)];
}
