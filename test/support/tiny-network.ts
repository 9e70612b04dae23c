/** A small U-Net with weights by chance, for tests of what goes on around a network. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { buildNetwork } from '../../gpu-worker/model/network.ts';
import { backbone } from './backbone.ts';

export const TINY_STRIDE = 2;
export const TINY_MAX_STRIDE = 4;

/** Gray images of any size that is a multiple of TINY_MAX_STRIDE; the caller's to dispose. */
export function tinyNetwork(keypoints: number): LayersModel {
  return buildNetwork({
    backbone: backbone('unet', { filters: 2, filters_rate: 2, max_stride: TINY_MAX_STRIDE, up_interpolate: true }),
    headsOutputStride: TINY_STRIDE,
    inputShape: [null, null, 1],
    keypoints,
    seed: 4,
  });
}
