/** Weighs the channels of each image, [B, H, W, C] and [B, 1, 1, C] -> [B, H, W, C]: Keras's Multiply, computed by ../channel-gate.ts. */
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { gateChannels } from '../channel-gate.ts';

export class ChannelGate extends layers.Layer {
  static className = 'ChannelGate';

  /** As merging layers of Keras are built: of the shapes of both. */
  override build(): void {
    this.built = true;
  }

  override computeOutputShape(inputShapes: (number | null)[] | (number | null)[][]): (number | null)[] {
    return (inputShapes as (number | null)[][])[0]!;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x, gate] = inputs as [tf.Tensor4D, tf.Tensor4D];
    return gateChannels(x, gate);
  }
}
tf.serialization.registerClass(ChannelGate);
