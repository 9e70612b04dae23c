/**
 * The same U-Net (stock-network.ts) and its training step as a user of plain TensorFlow.js writes them: its own kernels, its own Adam (which has no
 * AMSGrad), every operation anew each step. What ours is compared with.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Recording } from '../../gpu-worker/device/recording.ts';
import { useOurKernels, useStockKernels } from './stock-kernels.ts';
import { stockNetwork } from './stock-network.ts';
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
  const network = stockNetwork(given);
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
