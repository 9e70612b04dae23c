/**
 * What segmentation_models' encoders are made of under Keras 2, ImageNet's classes left out: the layers with weights and their numbers.
 *
 * Written down from the packages that SLEAP 1.4 runs (image-classifiers 1.0.0, keras-applications 1.0.8, efficientnet 1.0.0). The digest is the
 * start of the SHA-256 of the lines of keras-layers.ts, one for each layer of a file of weights in its order. "*": Keras numbers the layer.
 */
import type { Encoder } from '../../src/contract/encoders.ts';

export interface EncoderFacts {
  /** Layers with weights; each group of a grouped convolution is one. */
  layers: number;
  tensors: number;
  /** Single numbers. */
  weights: number;
  trainable: number;
  digest: string;
  /** The deepest features: their layer and channels. */
  bottleneck: string;
  /** Of strides 16, 8, 4 and 2. */
  taps: [string, string, string, string];
}

// biome-ignore format: numbers and features
export const ENCODER_FACTS: Record<Encoder, EncoderFacts> = {
  vgg16: {
    layers: 13, tensors: 26, weights: 14_714_688, trainable: 14_714_688, digest: 'd6f0e89c07d16b7f',
    bottleneck: 'block5_pool 512', taps: ['block5_conv3 512', 'block4_conv3 512', 'block3_conv3 256', 'block2_conv2 128'],
  },
  vgg19: {
    layers: 16, tensors: 32, weights: 20_024_384, trainable: 20_024_384, digest: '53d4458370c323c6',
    bottleneck: 'block5_pool 512', taps: ['block5_conv4 512', 'block4_conv4 512', 'block3_conv4 256', 'block2_conv2 128'],
  },
  resnet18: {
    layers: 40, tensors: 96, weights: 11_186_889, trainable: 11_178_947, digest: '8bb3bb222650498b',
    bottleneck: 'relu1 512', taps: ['stage4_unit1_relu1 256', 'stage3_unit1_relu1 128', 'stage2_unit1_relu1 64', 'relu0 64'],
  },
  resnet34: {
    layers: 72, tensors: 176, weights: 21_302_473, trainable: 21_287_107, digest: 'aa0b016bbab92c03',
    bottleneck: 'relu1 512', taps: ['stage4_unit1_relu1 256', 'stage3_unit1_relu1 128', 'stage2_unit1_relu1 64', 'relu0 64'],
  },
  resnet50: {
    layers: 104, tensors: 256, weights: 23_546_057, trainable: 23_500_483, digest: '297c46a84101d553',
    bottleneck: 'relu1 2048', taps: ['stage4_unit1_relu1 1024', 'stage3_unit1_relu1 512', 'stage2_unit1_relu1 256', 'relu0 64'],
  },
  resnet101: {
    layers: 206, tensors: 511, weights: 42_590_409, trainable: 42_492_611, digest: 'c7ed55afbab5cd08',
    bottleneck: 'relu1 2048', taps: ['stage4_unit1_relu1 1024', 'stage3_unit1_relu1 512', 'stage2_unit1_relu1 256', 'relu0 64'],
  },
  resnet152: {
    layers: 308, tensors: 766, weights: 58_280_137, trainable: 58_136_259, digest: 'a00016eeeaaa34f4',
    bottleneck: 'relu1 2048', taps: ['stage4_unit1_relu1 1024', 'stage3_unit1_relu1 512', 'stage2_unit1_relu1 256', 'relu0 64'],
  },
  resnext50: {
    layers: 603, tensors: 764, weights: 23_048_137, trainable: 22_979_907, digest: '65693857142fb008',
    bottleneck: 'stage4_unit3_relu 2048', taps: ['stage4_unit1_relu1 1024', 'stage3_unit1_relu1 512', 'stage2_unit1_relu1 256', 'relu0 64'],
  },
  resnext101: {
    layers: 1_232, tensors: 1_546, weights: 42_266_569, trainable: 42_128_707, digest: '62b4b5d9b49d4f16',
    bottleneck: 'stage4_unit3_relu 2048', taps: ['stage4_unit1_relu1 1024', 'stage3_unit1_relu1 512', 'stage2_unit1_relu1 256', 'relu0 64'],
  },
  inceptionv3: {
    layers: 188, tensors: 376, weights: 21_802_784, trainable: 21_768_352, digest: '6be1967adefdfe85',
    bottleneck: 'mixed10 2048', taps: ['mixed7 768', 'mixed2 288', '* 192', '* 64'],
  },
  inceptionresnetv2: {
    layers: 448, tensors: 896, weights: 54_336_736, trainable: 54_276_192, digest: '1528108326cec0ca',
    bottleneck: 'conv_7b_ac 1536', taps: ['block17_20_ac 1088', 'block35_10_ac 320', '* 192', '* 64'],
  },
  densenet121: {
    layers: 241, tensors: 604, weights: 7_037_504, trainable: 6_953_856, digest: 'f23b12982dbd1530',
    bottleneck: 'relu 1024', taps: ['pool4_conv 512', 'pool3_conv 256', 'pool2_conv 128', 'conv1/relu 64'],
  },
  densenet169: {
    layers: 337, tensors: 844, weights: 12_642_880, trainable: 12_484_480, digest: '93096924321b2347',
    bottleneck: 'relu 1664', taps: ['pool4_conv 640', 'pool3_conv 256', 'pool2_conv 128', 'conv1/relu 64'],
  },
  densenet201: {
    layers: 401, tensors: 1_004, weights: 18_321_984, trainable: 18_092_928, digest: '8458cfb43514229b',
    bottleneck: 'relu 1920', taps: ['pool4_conv 896', 'pool3_conv 256', 'pool2_conv 128', 'conv1/relu 64'],
  },
  seresnet18: {
    layers: 56, tensors: 128, weights: 11_275_969, trainable: 11_268_027, digest: 'e5b0b29bfff39c07',
    bottleneck: 'relu1 512', taps: ['stage4_unit1_relu1 256', 'stage3_unit1_relu1 128', 'stage2_unit1_relu1 64', 'relu0 64'],
  },
  seresnet34: {
    layers: 104, tensors: 240, weights: 21_463_669, trainable: 21_448_303, digest: '951919e0d9bed899',
    bottleneck: 'relu1 512', taps: ['stage4_unit1_relu1 256', 'stage3_unit1_relu1 128', 'stage2_unit1_relu1 64', 'relu0 64'],
  },
  seresnet50: {
    layers: 138, tensors: 329, weights: 26_092_144, trainable: 26_039_024, digest: '76446433bc62adc2',
    bottleneck: '* 2048', taps: ['* 1024', '* 512', '* 256', '* 64'],
  },
  seresnet101: {
    layers: 274, tensors: 652, weights: 47_383_216, trainable: 47_277_872, digest: '8be88dcf582a7da5',
    bottleneck: '* 2048', taps: ['* 1024', '* 512', '* 256', '* 64'],
  },
  seresnet152: {
    layers: 410, tensors: 975, weights: 64_924_272, trainable: 64_772_848, digest: '7b2400631a8eba6d',
    bottleneck: '* 2048', taps: ['* 1024', '* 512', '* 256', '* 64'],
  },
  seresnext50: {
    layers: 634, tensors: 825, weights: 25_579_120, trainable: 25_510_896, digest: '638cef973d37dff7',
    bottleneck: '* 2048', taps: ['* 1024', '* 512', '* 256', '* 64'],
  },
  seresnext101: {
    layers: 1_297, tensors: 1_675, weights: 47_044_272, trainable: 46_906_416, digest: '86df51ecad401692',
    bottleneck: '* 2048', taps: ['* 1024', '* 512', '* 256', '* 64'],
  },
  senet154: {
    layers: 3_564, tensors: 4_135, weights: 113_287_536, trainable: 113_039_984, digest: 'c15b59ee2e64e208',
    bottleneck: '* 2048', taps: ['* 1024', '* 512', '* 256', '* 128'],
  },
  mobilenet: {
    layers: 54, tensors: 135, weights: 3_228_864, trainable: 3_206_976, digest: 'a0a95ebb852358cb',
    bottleneck: 'conv_pw_13_relu 1024', taps: ['conv_pw_11_relu 512', 'conv_pw_5_relu 256', 'conv_pw_3_relu 128', 'conv_pw_1_relu 64'],
  },
  mobilenetv2: {
    layers: 104, tensors: 260, weights: 2_257_984, trainable: 2_223_872, digest: 'd546d55d01431304',
    bottleneck: 'out_relu 1280', taps: ['block_13_expand_relu 576', 'block_6_expand_relu 192', 'block_3_expand_relu 144', 'block_1_expand_relu 96'],
  },
  efficientnetb0: {
    layers: 130, tensors: 309, weights: 4_049_564, trainable: 4_007_548, digest: '26e51bf879338d93',
    bottleneck: 'top_activation 1280', taps: ['block6a_expand_activation 672', 'block4a_expand_activation 240', 'block3a_expand_activation 144', 'block2a_expand_activation 96'],
  },
  efficientnetb1: {
    layers: 184, tensors: 437, weights: 6_575_232, trainable: 6_513_184, digest: 'bb32c1ebc505ba32',
    bottleneck: 'top_activation 1280', taps: ['block6a_expand_activation 672', 'block4a_expand_activation 240', 'block3a_expand_activation 144', 'block2a_expand_activation 96'],
  },
  efficientnetb2: {
    layers: 184, tensors: 437, weights: 7_768_562, trainable: 7_700_994, digest: 'c24f68bcb74eb5fc',
    bottleneck: 'top_activation 1408', taps: ['block6a_expand_activation 720', 'block4a_expand_activation 288', 'block3a_expand_activation 144', 'block2a_expand_activation 96'],
  },
  efficientnetb3: {
    layers: 208, tensors: 494, weights: 10_783_528, trainable: 10_696_232, digest: '7c0cc0000a9a7286',
    bottleneck: 'top_activation 1536', taps: ['block6a_expand_activation 816', 'block4a_expand_activation 288', 'block3a_expand_activation 192', 'block2a_expand_activation 144'],
  },
  efficientnetb4: {
    layers: 256, tensors: 608, weights: 17_673_816, trainable: 17_548_616, digest: 'a9687bd9442ee4c6',
    bottleneck: 'top_activation 1792', taps: ['block6a_expand_activation 960', 'block4a_expand_activation 336', 'block3a_expand_activation 192', 'block2a_expand_activation 144'],
  },
  efficientnetb5: {
    layers: 310, tensors: 736, weights: 28_513_520, trainable: 28_340_784, digest: '2bfe78b00619165f',
    bottleneck: 'top_activation 2048', taps: ['block6a_expand_activation 1056', 'block4a_expand_activation 384', 'block3a_expand_activation 240', 'block2a_expand_activation 144'],
  },
  efficientnetb6: {
    layers: 358, tensors: 850, weights: 40_960_136, trainable: 40_735_704, digest: '0a72816c1d9960d5',
    bottleneck: 'top_activation 2304', taps: ['block6a_expand_activation 1200', 'block4a_expand_activation 432', 'block3a_expand_activation 240', 'block2a_expand_activation 192'],
  },
  efficientnetb7: {
    layers: 436, tensors: 1_035, weights: 64_097_680, trainable: 63_786_960, digest: '590cbe2106f6f642',
    bottleneck: 'top_activation 2560', taps: ['block6a_expand_activation 1344', 'block4a_expand_activation 480', 'block3a_expand_activation 288', 'block2a_expand_activation 192'],
  },
};
