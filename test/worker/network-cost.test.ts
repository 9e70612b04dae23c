/** What the contract says a network costs, held against the worker's own networks: every number is the same, for every backbone and encoder. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { networkOf } from '../../gpu-worker/model/from-config.ts';
import type { Backbone } from '../../src/contract/backbones.ts';
import { geometryOf } from '../../src/contract/frame-geometry.ts';
import { asksToFreeze, type ImageShape, networkCost } from '../../src/contract/network-cost.ts';
import { type TrainingConfigInput, trainingConfigSchema } from '../../src/contract/training.ts';
import { encoderTableText, truthOf } from '../support/network-truth.ts';
import { expectNoTensorsLeft } from '../support/tensor-leaks.ts';

beforeAll(async () => {
  await openDevice('wasm', { threads: 1 });
});
expectNoTensorsLeft();

const KEYPOINTS = 5;
/** No multiple of anything. */
const GRAY: ImageShape = { widthPx: 213, heightPx: 150, channels: 1 };
const COLOUR: ImageShape = { ...GRAY, channels: 3 };

function configOf(
  model: Backbone,
  stride: number,
  backbone_config: Record<string, unknown>,
  more: Partial<TrainingConfigInput> = {},
) {
  return trainingConfigSchema.parse({
    test_fraction: 0.1,
    num_epochs: 1,
    learning_rate: 1e-3,
    backbone_model: model,
    heads_sigma: 1,
    heads_output_stride: stride,
    backbone_config,
    ...more,
  });
}

/** Both sides of the comparison. */
function sidesOf(image: ImageShape, ...given: Parameters<typeof configOf>) {
  const config = configOf(...given);
  const { heightPx, widthPx } = geometryOf(config, image, image);
  const frozen = asksToFreeze(config);
  const network = networkOf(config, { channels: image.channels, frozen }, KEYPOINTS, null);
  const { multiplyAdds, activations, ...truth } = truthOf(network, [heightPx, widthPx, image.channels]);
  network.dispose();
  const { trainingMultiplyAddsPerFrame, ...said } = networkCost(config, image, KEYPOINTS);
  return {
    said,
    truth: {
      ...{ widthPx, heightPx, ...truth },
      multiplyAddsPerFrame: multiplyAdds,
      activationBytesPerFrame: 4 * activations,
    },
    trainingMultiplyAddsPerFrame,
  };
}

const small = { filters: 6, filters_rate: 1.5 };
const decoder = (upsampling: Record<string, unknown>) => ({ upsampling: { filters: 8, ...upsampling } });
const CASES: [string, ImageShape, ...Parameters<typeof configOf>][] = [
  ['a U-Net', GRAY, 'unet', 1, small],
  ['a U-Net at its deepest stride', GRAY, 'unet', 16, small],
  ['a U-Net that interpolates, on colour', COLOUR, 'unet', 2, { ...small, up_interpolate: true, max_stride: 32 }],
  ['a U-Net without middle block, scaled', GRAY, 'unet', 4, { ...small, middle_block: false }, { input_scaling: 0.37 }],
  ['a U-Net with a stem', GRAY, 'unet', 1, { ...small, stem_stride: 4 }],
  ['U-Nets in a row behind a stem', GRAY, 'unet', 2, { ...small, stem_stride: 2, stacks: 3 }],
  ['a LEAP', GRAY, 'leap', 1, small],
  ['a LEAP that interpolates', COLOUR, 'leap', 4, { ...small, up_interpolate: true, max_stride: 32 }],
  ['LEAPs in a row', GRAY, 'leap', 1, { ...small, stacks: 2 }],
  ...[1, 2, 4].map((stride): (typeof CASES)[number] => [
    `hourglasses of stride ${stride}`,
    GRAY,
    ...(['hourglass', stride, { stem_filters: 4, filters: 5, filter_increase: 3 }] as const),
  ]),
  ['an hourglass above its stem', GRAY, 'hourglass', 8, { stem_stride: 2, stacks: 1, stem_filters: 4, filters: 5 }],
  ['a ResNet', GRAY, 'resnet', 4, {}],
  ['a ResNet of random weights, on colour', COLOUR, 'resnet', 2, { weights: 'random', version: 'ResNet101' }],
  [
    'a ResNet with dilated stages and sums',
    GRAY,
    'resnet',
    2,
    { max_stride: 8, ...decoder({ skip_connections: 'add' }) },
  ],
  [
    'a ResNet with transposed convolutions and concatenation',
    ...([GRAY, 'resnet', 2] as const),
    decoder({
      method: 'transposed_conv',
      skip_connections: 'concatenate',
      block_stride: 4,
      filters_rate: 0.7,
      batch_norm: false,
    }),
  ],
  ['a ResNet of stride 1', GRAY, 'resnet', 1, { max_stride: 1 }],
  ['a ResNet of stride 4 without decoder', GRAY, 'resnet', 4, { max_stride: 4, upsampling: null }],
  ['a ResNet of stride 2 without decoder, read at its stem', GRAY, 'resnet', 2, { max_stride: 4, upsampling: null }],
  ...[2, 4, 8, 32].map((stride): (typeof CASES)[number] => [
    `a frozen ResNet without decoder, read at stride ${stride}`,
    ...([GRAY, 'resnet', stride, { features: 'sleap-default' }] as const),
  ]),
  [
    'a ResNet that was to be frozen and begins with random numbers',
    ...([GRAY, 'resnet', 4, { features: 'sleap-default' }, { encoder_weights: null }] as const),
  ],
  ...[1, 16].map((stride): (typeof CASES)[number] => [
    `a pretrained VGG at stride ${stride}, on colour in SLEAP's range`,
    ...([
      COLOUR,
      'pretrained_encoder',
      stride,
      { encoder: 'vgg16', decoder_filters: 24, decoder_filters_rate: 0.7 },
    ] as const),
    { encoder_preprocessing: 'sleap' },
  ]),
  ...(['mobilenetv2', 'efficientnetb0', 'seresnet18', 'resnet34', 'inceptionv3', 'densenet121'] as const).map(
    (encoder): (typeof CASES)[number] => [
      `a pretrained ${encoder}`,
      ...([GRAY, 'pretrained_encoder', 2, { encoder, decoder_filters: 16 }] as const),
    ],
  ),
];

describe('the cost of', () => {
  it.each(CASES)('%s is that of the network the worker builds', (_, image, ...given) => {
    const { said, truth } = sidesOf(image, ...given);
    expect(said).toEqual(truth);
    expect(said.parameters).toBeGreaterThan(0);
  });

  it('a step forward and backward is three passes, less what is frozen', () => {
    const free = sidesOf(GRAY, 'unet', 2, small);
    expect(free.trainingMultiplyAddsPerFrame).toBe(3 * free.truth.multiplyAddsPerFrame);
    const frozen = sidesOf(GRAY, 'resnet', 4, { features: 'sleap-default' });
    // The head alone: it reads the 64 channels of the stem.
    const head = (frozen.truth.heightPx / 4) * (frozen.truth.widthPx / 4) * 64 * KEYPOINTS;
    expect(frozen.trainingMultiplyAddsPerFrame).toBe(frozen.truth.multiplyAddsPerFrame + 2 * head);
  });
});

it('the table of encoders is what the networks give (else run this file with -u)', async () => {
  await expect(encoderTableText()).toMatchFileSnapshot('../../src/contract/network-cost-table.ts');
});
