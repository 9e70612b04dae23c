/**
 * The same U-Net and its training step as a user of plain TensorFlow.js writes them: its own layers, its own kernels, its own Adam (which has no
 * AMSGrad), every operation anew each step. What ours is compared with.
 */
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { useOurKernels, useStockKernels } from './stock-kernels.ts';
import type { UNetCase } from './unet-cases.ts';

export interface StockTraining {
  /** One step, its loss read back. */
  step(): Promise<number>;
  /** The commands of a step, for counting and for the GPU's own times. */
  record(): Recording;
  dispose(): void;
}

/** @param images [B, H, W, C] @param maps [B, h, w, K]; both stay the caller's. */
export function stockTraining(given: UNetCase, images: tf.Tensor4D, maps: tf.Tensor4D): StockTraining {
  const network = build(given);
  const optimizer = tf.train.adam(1e-4, 0.9, 0.999, 1e-7);
  const loss = () =>
    tf.losses.meanSquaredError(maps, network.apply(images, { training: true }) as tf.Tensor) as tf.Scalar;
  const withStockKernels = <T>(work: () => T): T => {
    useStockKernels();
    try {
      return work();
    } finally {
      useOurKernels();
    }
  };
  return {
    step: async () => {
      const value = withStockKernels(() => tf.tidy(() => optimizer.minimize(loss, true)!));
      const [number] = await value.data();
      value.dispose();
      return number!;
    },
    record: () => withStockKernels(() => new Recording(() => [optimizer.minimize(loss, true)!])),
    dispose: () => {
      network.dispose();
      optimizer.dispose();
    },
  };
}

function build(given: UNetCase) {
  const { heightPx, widthPx, channels, keypoints, filters, filtersRate, maxStride, outputStride, interpolate } = given;
  const [down, up] = [Math.log2(maxStride), Math.log2(maxStride / outputStride)];
  const width = (block: number) => Math.trunc(filters * filtersRate ** block);
  const conv = (x: SymbolicTensor, to: number) =>
    layers.conv2d({ filters: to, kernelSize: 3, padding: 'same', activation: 'relu' }).apply(x) as SymbolicTensor;
  const image = input({ shape: [heightPx, widthPx, channels] });
  const skips: SymbolicTensor[] = [];
  let x = image;
  for (let block = 0; block < down; block++) {
    skips.push(conv(conv(x, width(block)), width(block)));
    x = layers.maxPooling2d({ poolSize: 2, strides: 2, padding: 'same' }).apply(skips.at(-1)!) as SymbolicTensor;
  }
  x = conv(conv(x, width(down)), width(down));
  for (let i = 0; i < up; i++) {
    const to = width(down - 1 - i);
    const upsampling = interpolate
      ? layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' })
      : layers.conv2dTranspose({ filters: to, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' });
    const parts = [skips[down - 1 - i]!, upsampling.apply(x) as SymbolicTensor];
    x = conv(conv(layers.concatenate().apply(parts) as SymbolicTensor, to), to);
  }
  const head = layers.conv2d({ filters: keypoints, kernelSize: 1, padding: 'same' }).apply(x) as SymbolicTensor;
  return model({ inputs: image, outputs: head });
}
