/**
 * From 8-bit frames to the network's input, the same way in training and inference.
 *
 * SLEAP's order (sleap/nn/data/normalization.py, resizing.py): levels to [0, 1], bilinear resize by input_scaling without smoothing, zeros
 * at the bottom and the right up to a multiple of the backbone's max_stride. Points follow their pixels, in both directions (rescale).
 * SLEAP multiplies points by input_scaling, divides by it at the end and adds half a pixel; why not here: docs/adr/0005.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type FrameSize, fittingScale } from '../data/resize.ts';
import { fitLevels } from '../kernels/wasm/fit-levels.ts';
import { packLevels, unpackLevels } from '../kernels/webgpu/levels.ts';

type Shape = [number, number, number, number];

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

/**
 * Where the centre of a pixel lies after a resize by `factor` with half-pixel centres; `1 / factor` is the way back.
 * Whole coordinates are centres of pixels before and after.
 */
export function rescale(px: number, factor: number): number {
  return (px + 0.5) * factor - 0.5;
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
 * @param frames [B, H, W, C] levels 0..255, one after another.
 * @returns [B, heightPx, widthPx, C] in [0, 1].
 */
export function prepareFrames(
  frames: Uint8Array,
  size: FrameSize & { channels: number },
  geometry: InputGeometry,
): tf.Tensor4D {
  if (tf.getBackend() === 'wasm') return fitLevels(frames, size, geometry);
  const { heightPx, widthPx, channels } = size;
  const shape: Shape = [frames.length / (heightPx * widthPx * channels), heightPx, widthPx, channels];
  return tf.tidy(() => fitFrames(unpackLevels(tf.tensor1d(packLevels(frames), 'int32'), shape), geometry));
}

/** On WebGPU the rest of prepareFrames: scaling and padding. @param unit [B, H, W, C] in [0, 1]. */
export function fitFrames(unit: tf.Tensor4D, geometry: InputGeometry): tf.Tensor4D {
  const { scaledHeightPx, scaledWidthPx } = geometry;
  const isSame = scaledHeightPx === unit.shape[1] && scaledWidthPx === unit.shape[2];
  const scaled = isSame ? unit : tf.image.resizeBilinear(unit, [scaledHeightPx, scaledWidthPx], false, true);
  const bottom = geometry.heightPx - scaledHeightPx;
  const right = geometry.widthPx - scaledWidthPx;
  return bottom + right === 0
    ? scaled
    : tf.pad4d(scaled, [
        [0, 0],
        [0, bottom],
        [0, right],
        [0, 0],
      ]);
}
