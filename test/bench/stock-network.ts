/** A U-Net as a user of plain TensorFlow.js writes it, of its own layers: the same sums as ours. */
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { UNetCase } from './unet-cases.ts';

export function stockNetwork(given: UNetCase): LayersModel {
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
