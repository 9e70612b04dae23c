/** The stem that ResNet and ResNeXt share in classification_models: the image normalised, a 7x7 convolution and a pooling, to stride 4. */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { LayerKit } from '../layer-kit.ts';

/** @returns relu0 of stride 2, and the features of stride 4. */
export function preactivationStem(kit: LayerKit, image: SymbolicTensor, norm: { epsilon: number }) {
  let x = kit.batchNorm(image, 'bn_data', { ...norm, scale: false });
  x = kit.zeroPad(x, 'conv0_pad', 3);
  x = kit.conv(x, 'conv0', { filters: 64, kernelSize: 7, strides: 2, padding: 'valid', useBias: false });
  const relu0 = kit.relu(kit.batchNorm(x, 'bn0', norm), 'relu0');
  const padded = kit.zeroPad(relu0, 'pooling0_pad', 1);
  const pooled = kit.maxPool(padded, 'pooling0', { poolSize: 3, strides: 2, padding: 'valid' });
  return { relu0, pooled };
}
