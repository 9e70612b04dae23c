/**
 * How a frame lies in the network's input, and the way of a point there and back: the same in training, in inference and in the page.
 *
 * SLEAP's order (sleap/nn/data/resizing.py): a frame is fitted into the size of the training images, resized by input_scaling, and filled
 * with zeros at the bottom and the right up to a multiple of the backbone's max_stride. Points follow their pixels, in both directions
 * (rescale). SLEAP multiplies points by input_scaling, divides by it at the end and adds half a pixel; why not here: docs/adr/0005.
 */
import type { NetworkInput } from './network-input.ts';

export interface FrameSize {
  widthPx: number;
  heightPx: number;
}

/** How frames of one size become the network's input. */
export interface InputGeometry {
  /** Network pixels per frame pixel, along x and along y: scaled size / frame size. */
  scaleX: number;
  scaleY: number;
  /** The frame after scaling, in whole pixels. */
  scaledHeightPx: number;
  scaledWidthPx: number;
  /** The network's input: multiples of max_stride. */
  heightPx: number;
  widthPx: number;
}

/** What a training_config says of it. */
export interface GeometryConfig {
  input_scaling: number;
  backbone_config: { max_stride: number };
}

/** By how much a frame grows to fit into another size, aspect kept; below 1 where it shrinks. */
export function fittingScale(own: FrameSize, into: FrameSize): number {
  return Math.min(into.widthPx / own.widthPx, into.heightPx / own.heightPx);
}

/**
 * Where the centre of a pixel lies after a resize by `factor` with half-pixel centres; `1 / factor` is the way back.
 * Whole coordinates are centres of pixels before and after.
 */
export function rescale(px: number, factor: number): number {
  return (px + 0.5) * factor - 0.5;
}

/** @param trained size of the training images; where it is not known, the frame's own. */
export function geometryOf(
  config: GeometryConfig,
  frame: FrameSize,
  trained: Pick<NetworkInput, 'widthPx' | 'heightPx'>,
): InputGeometry {
  const size = { widthPx: trained.widthPx ?? frame.widthPx, heightPx: trained.heightPx ?? frame.heightPx };
  return inputGeometry(frame, size, config.input_scaling, config.backbone_config.max_stride);
}

/**
 * @param trained size of the training images; a frame of another size is first fitted into it, aspect kept, so that the animal has the
 * size the network knows.
 */
export function inputGeometry(
  frame: FrameSize,
  trained: FrameSize,
  inputScaling: number,
  maxStride: number,
): InputGeometry {
  const scale = fittingScale(frame, trained) * inputScaling;
  const wholePx = (px: number) => Math.max(1, Math.floor(px + 1e-6));
  const padded = (sidePx: number) => Math.ceil(wholePx(sidePx * inputScaling) / maxStride) * maxStride;
  const scaledHeightPx = wholePx(frame.heightPx * scale);
  const scaledWidthPx = wholePx(frame.widthPx * scale);
  return {
    scaleX: scaledWidthPx / frame.widthPx,
    scaleY: scaledHeightPx / frame.heightPx,
    scaledHeightPx,
    scaledWidthPx,
    heightPx: padded(trained.heightPx),
    widthPx: padded(trained.widthPx),
  };
}

/**
 * Peaks of a network's maps as points of the frame, in place.
 * @param peaks [N, 3] x, y in pixels of the map, score. @param stride input pixels per pixel of the map.
 */
export function peaksToFrame(
  peaks: Float32Array,
  stride: number,
  { scaleX, scaleY }: Pick<InputGeometry, 'scaleX' | 'scaleY'>,
): Float32Array {
  for (let i = 0; i < peaks.length; i += 3) {
    peaks[i] = rescale(peaks[i]! * stride, 1 / scaleX);
    peaks[i + 1] = rescale(peaks[i + 1]! * stride, 1 / scaleY);
  }
  return peaks;
}
