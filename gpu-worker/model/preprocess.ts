/**
 * From 8-bit frames to the network's input, the same way in training and inference.
 *
 * SLEAP's order (sleap/nn/data/normalization.py, resizing.py): levels to [0, 1], bilinear resize by input_scaling without smoothing, zeros
 * at the bottom and the right up to a multiple of the backbone's max_stride. Points are multiplied by the scale, and divided by it again
 * at the end. SLEAP adds 0.5 px there when the scale is not 1; that would move every point of a network trained on x * scale.
 * SLEAP multiplies by input_scaling itself, although the scaled frame was cut to whole pixels: 101 px at 0.5 are 50, and a label at the
 * right edge lies half a network pixel beside the animal. Here the scale is what the frame got, along each axis.
 */
import * as tf from '@tensorflow/tfjs-core';

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

export interface FrameSize {
  heightPx: number;
  widthPx: number;
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
  const fit = Math.min(trained.widthPx / frame.widthPx, trained.heightPx / frame.heightPx);
  const scale = fit * inputScaling;
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
  const { heightPx: h, widthPx: w, channels } = size;
  const { scaledHeightPx, scaledWidthPx } = geometry;
  return tf.tidy(() => {
    const levels = tf.tensor4d(Float32Array.from(frames), [frames.length / (h * w * channels), h, w, channels]);
    const unit = tf.div<tf.Tensor4D>(levels, 255);
    const isSame = scaledHeightPx === h && scaledWidthPx === w;
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
  });
}
