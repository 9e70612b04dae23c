/** From a training_config to its network: training and inference build the same one. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrainingConfig } from '../../src/contract/training.ts';
import type { NetworkInput } from '../../src/db/schema.ts';
import { buildNetwork } from './network.ts';
import { type InputGeometry, inputGeometry } from './preprocess.ts';

/**
 * @param trained size and channels of the training images.
 * @returns the network with its initial weights, and how a training image becomes its input.
 */
export function networkOf(
  config: TrainingConfig,
  trained: NetworkInput,
  keypoints: number,
  seed: number,
): { network: LayersModel; geometry: InputGeometry } {
  const geometry = inputGeometry(trained, trained, config.input_scaling, config.backbone_config.max_stride);
  const network = buildNetwork({
    backbone: 'unet',
    backboneConfig: config.backbone_config,
    headsOutputStride: config.heads_output_stride,
    inputShape: [geometry.heightPx, geometry.widthPx, trained.channels],
    keypoints,
    seed,
  });
  return { network, geometry };
}
