/**
 * The encoders that `backbone_model: "pretrained_encoder"` can have: SLEAP's names (sleap/nn/architectures/pretrained_encoders.py, v1.4.1),
 * which are those of segmentation_models, and efficientnetb6 and b7, which later versions of SLEAP took in.
 */
// biome-ignore format: one family a line
export const ENCODERS = [
  'vgg16', 'vgg19',
  'resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152',
  'resnext50', 'resnext101',
  'inceptionv3', 'inceptionresnetv2',
  'densenet121', 'densenet169', 'densenet201',
  'seresnet18', 'seresnet34', 'seresnet50', 'seresnet101', 'seresnet152',
  'seresnext50', 'seresnext101', 'senet154',
  'mobilenet', 'mobilenetv2',
  'efficientnetb0', 'efficientnetb1', 'efficientnetb2', 'efficientnetb3', 'efficientnetb4', 'efficientnetb5', 'efficientnetb6', 'efficientnetb7',
] as const;
export type Encoder = (typeof ENCODERS)[number];
/** SLEAP's. */
export const DEFAULT_ENCODER: Encoder = 'efficientnetb0';

/** What an encoder can make of levels: the range its ImageNet weights were trained on, or SLEAP's [0, 1]. */
export const ENCODER_PREPROCESSINGS = ['imagenet', 'sleap'] as const;
export type EncoderPreprocessing = (typeof ENCODER_PREPROCESSINGS)[number];

/** Input pixels per pixel of an encoder's deepest features. */
export const ENCODER_STRIDE = 32;
