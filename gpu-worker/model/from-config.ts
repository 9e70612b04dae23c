/** From a training_config to its network: training, inference and export build the same one. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { NetworkInput } from '../../src/contract/network-input.ts';
import type { TrainingConfig } from '../../src/contract/training.ts';
import { buildNetwork } from './network.ts';

/**
 * The network with its initial weights. It is fully convolutional: frames of any size fit once they are padded to max_stride.
 * @param input channels of the images, and whether the encoder is frozen.
 * @param seed null: weights are zero, to be put in afterwards; files of such a network would say so, too.
 */
export function networkOf(
  config: TrainingConfig,
  input: Pick<NetworkInput, 'channels' | 'frozen'>,
  keypoints: number,
  seed: number | null,
): LayersModel {
  return buildNetwork({
    backbone: config,
    headsOutputStride: config.heads_output_stride,
    inputShape: [null, null, input.channels],
    keypoints,
    seed,
    frozen: input.frozen,
    preprocessing: config.encoder_preprocessing,
  });
}
