/**
 * From 8-bit frames to the network's input, the same way in training and inference.
 *
 * SLEAP's order (sleap/nn/data/normalization.py, resizing.py): levels to [0, 1], bilinear resize without smoothing, zeros at the bottom and the
 * right. To which sizes, and where points go: src/contract/frame-geometry.ts. The page does the same on its own (web/try-here/network.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { FrameSize, InputGeometry } from '../../src/contract/frame-geometry.ts';
import { fitLevels } from '../kernels/wasm/fit-levels.ts';
import { packLevels, unpackLevels } from '../kernels/webgpu/levels.ts';

type Shape = [number, number, number, number];

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
