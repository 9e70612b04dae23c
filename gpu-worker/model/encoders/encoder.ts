/** The encoders by their names, each with the range of images that its ImageNet weights were trained on and the way its kernels start without them. */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Encoder } from '../../../src/contract/encoders.ts';
import type { ImageRange } from '../image-range.ts';
import type { KernelStart, LayerKit } from '../layer-kit.ts';
import { buildDenseNet } from './densenet.ts';
import { buildEfficientNet } from './efficientnet.ts';
import type { EncoderFeatures } from './features.ts';
import { buildInceptionResNetV2 } from './inception-resnet-v2.ts';
import { buildInceptionV3 } from './inception-v3.ts';
import { buildMobileNet } from './mobilenet.ts';
import { buildMobileNetV2 } from './mobilenet-v2.ts';
import { buildResNetV2, type ResNetShape } from './resnet.ts';
import { buildResNeXt } from './resnext.ts';
import { buildSENet } from './senet.ts';
import { buildVgg } from './vgg.ts';

interface EncoderKind {
  range: ImageRange;
  /** How its kernels start where they start with random numbers. */
  start: KernelStart;
  /** Features of an image of three channels, [B, H, W, 3] with H and W multiples of 32. */
  build(kit: LayerKit, image: SymbolicTensor): EncoderFeatures;
}

const vgg = (...convs: number[]): EncoderKind => ({
  ...{ range: 'caffe', start: 'glorot_uniform' },
  build: (kit, x) => buildVgg(kit, x, convs),
});
const resnet = (shape: ResNetShape): EncoderKind => ({
  ...{ range: 'levels', start: 'he_uniform' },
  build: (kit, x) => buildResNetV2(kit, x, shape),
});
const resnext = (...units: number[]): EncoderKind => ({
  ...{ range: 'levels', start: 'glorot_uniform' },
  build: (kit, x) => buildResNeXt(kit, x, units),
});
const senet = (kind: Parameters<typeof buildSENet>[2], ...units: number[]): EncoderKind => ({
  ...{ range: 'torch', start: 'he_uniform' },
  build: (kit, x) => buildSENet(kit, x, kind, units),
});
const densenet = (...layers: number[]): EncoderKind => ({
  ...{ range: 'torch', start: 'glorot_uniform' },
  build: (kit, x) => buildDenseNet(kit, x, layers),
});
const efficientnet = (width: number, depth: number): EncoderKind => ({
  ...{ range: 'torch', start: 'fan_out_normal' },
  build: (kit, x) => buildEfficientNet(kit, x, { width, depth }),
});
/** Of Google, but EfficientNet. */
const GOOGLE = { range: 'tf', start: 'glorot_uniform' } as const;

const KINDS: Record<Encoder, EncoderKind> = {
  vgg16: vgg(2, 2, 3, 3, 3),
  vgg19: vgg(2, 2, 4, 4, 4),
  resnet18: resnet({ units: [2, 2, 2, 2], bottleneck: false }),
  resnet34: resnet({ units: [3, 4, 6, 3], bottleneck: false }),
  resnet50: resnet({ units: [3, 4, 6, 3], bottleneck: true }),
  resnet101: resnet({ units: [3, 4, 23, 3], bottleneck: true }),
  resnet152: resnet({ units: [3, 8, 36, 3], bottleneck: true }),
  resnext50: resnext(3, 4, 6, 3),
  resnext101: resnext(3, 4, 23, 3),
  inceptionv3: { ...GOOGLE, build: buildInceptionV3 },
  inceptionresnetv2: { ...GOOGLE, build: buildInceptionResNetV2 },
  densenet121: densenet(6, 12, 24, 16),
  densenet169: densenet(6, 12, 32, 32),
  densenet201: densenet(6, 12, 48, 32),
  seresnet18: resnet({ units: [2, 2, 2, 2], bottleneck: false, attention: true }),
  seresnet34: resnet({ units: [3, 4, 6, 3], bottleneck: false, attention: true }),
  seresnet50: senet('se-resnet', 3, 4, 6, 3),
  seresnet101: senet('se-resnet', 3, 4, 23, 3),
  seresnet152: senet('se-resnet', 3, 8, 36, 3),
  seresnext50: senet('se-resnext', 3, 4, 6, 3),
  seresnext101: senet('se-resnext', 3, 4, 23, 3),
  senet154: senet('senet154', 3, 8, 36, 3),
  mobilenet: { ...GOOGLE, build: buildMobileNet },
  mobilenetv2: { ...GOOGLE, build: buildMobileNetV2 },
  efficientnetb0: efficientnet(1, 1),
  efficientnetb1: efficientnet(1, 1.1),
  efficientnetb2: efficientnet(1.1, 1.2),
  efficientnetb3: efficientnet(1.2, 1.4),
  efficientnetb4: efficientnet(1.4, 1.8),
  efficientnetb5: efficientnet(1.6, 2.2),
  efficientnetb6: efficientnet(1.8, 2.6),
  efficientnetb7: efficientnet(2, 3.1),
};

/** The layers of an encoder on top of an image in its range, [B, H, W, 3]. */
export function buildEncoder(kit: LayerKit, image: SymbolicTensor, encoder: Encoder): EncoderFeatures {
  const { start, build } = KINDS[encoder];
  kit.kernelStart = start;
  return build(kit, image);
}

export function imagenetRangeOf(encoder: Encoder): ImageRange {
  return KINDS[encoder].range;
}
