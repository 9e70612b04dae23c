/**
 * Images in [0, 1] brought to the range an encoder's ImageNet weights were trained on, three channels always: y = M x + b per pixel.
 *
 *   levels   255 x                                            classification_models: ResNet, ResNeXt, SE-ResNet 18 and 34
 *   caffe    255 x in BGR, minus the mean of ImageNet's       keras.applications: VGG, ResNet
 *   tf       2 x - 1                                          Inception, MobileNet
 *   torch    (x - mean) / standard deviation of ImageNet's    SE-ResNet 50 and more, SE-ResNeXt, SENet, DenseNet, EfficientNet
 *   unit     x                                                what SLEAP gives to every pretrained encoder
 *
 * A frozen 1x1 convolution, so that it travels in every file format; gray is repeated first.
 */
import * as tf from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';

interface Range {
  /** Factor on R, G and B. */
  scale: [number, number, number];
  /** Added to R, G and B. */
  shift: [number, number, number];
  order: 'RGB' | 'BGR';
}

const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

const RANGES = {
  levels: { scale: [255, 255, 255], shift: [0, 0, 0], order: 'RGB' },
  caffe: { scale: [255, 255, 255], shift: [-123.68, -116.779, -103.939], order: 'BGR' },
  tf: { scale: [2, 2, 2], shift: [-1, -1, -1], order: 'RGB' },
  torch: {
    scale: [1 / DEVIATION[0], 1 / DEVIATION[1], 1 / DEVIATION[2]],
    shift: [-MEAN[0] / DEVIATION[0], -MEAN[1] / DEVIATION[1], -MEAN[2] / DEVIATION[2]],
    order: 'RGB',
  },
  unit: { scale: [1, 1, 1], shift: [0, 0, 0], order: 'RGB' },
} satisfies Record<string, Range>;
export type ImageRange = keyof typeof RANGES;

/**
 * @param image [B, H, W, 1 or 3] in [0, 1].
 * @param name of the layer.
 * @returns [B, H, W, 3]
 */
export function toRange(image: SymbolicTensor, range: ImageRange, name: string): SymbolicTensor {
  const rgb =
    image.shape.at(-1) === 1
      ? (layers.concatenate({ name: 'tile_channels' }).apply([image, image, image]) as SymbolicTensor)
      : image;
  if (range === 'unit') return rgb;
  const { scale, shift, order } = RANGES[range];
  const channels = order === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  const kernel = [0, 1, 2].flatMap(from => channels.map(to => (from === to ? scale[from]! : 0)));
  const conv = layers.conv2d({ name, filters: 3, kernelSize: 1, trainable: false });
  const prepared = conv.apply(rgb) as SymbolicTensor;
  const weights = [tf.tensor(kernel, [1, 1, 3, 3]), tf.tensor1d(channels.map(channel => shift[channel]!))];
  conv.setWeights(weights);
  tf.dispose(weights);
  return prepared;
}
