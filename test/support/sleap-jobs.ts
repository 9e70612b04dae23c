/** Jobs for SLEAP of every kind that can be written, for property tests; and a file as SLEAP writes it. */
import fc from 'fast-check';
import type { BACKBONE_SCHEMAS, BackboneChoice } from '../../src/contract/backbones.ts';
import { ENCODERS } from '../../src/contract/encoders.ts';
import { headStrides } from '../../src/contract/head-strides.ts';
import { fromSleapJob, type SleapJob } from '../../src/contract/sleap-job.ts';
import { backbone } from './backbone.ts';

const choice = (name: keyof typeof BACKBONE_SCHEMAS, config: fc.Arbitrary<Record<string, unknown>>) =>
  config.map(given => backbone(name, given));
const stride = (...powers: number[]) => fc.constantFrom(...powers);
const backbones: fc.Arbitrary<BackboneChoice> = fc.oneof(
  choice(
    'unet',
    fc.record({
      stem_stride: fc.constantFrom(null, 1, 2, 4),
      max_stride: stride(8, 16, 32),
      filters: fc.integer({ min: 1, max: 64 }),
      filters_rate: fc.constantFrom(1, 1.5, 2),
      middle_block: fc.boolean(),
      up_interpolate: fc.boolean(),
      stacks: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  choice('leap', fc.record({ max_stride: stride(4, 8), filters: fc.integer({ min: 1, max: 64 }) })),
  choice(
    'hourglass',
    fc.record({ stem_stride: stride(1, 2, 4), max_stride: stride(16, 64), stacks: fc.integer({ min: 1, max: 3 }) }),
  ),
  choice(
    'resnet',
    fc.record({
      version: fc.constantFrom('ResNet50', 'ResNet101', 'ResNet152'),
      features: fc.constant('sleap-default'),
      weights: fc.constantFrom('frozen', 'tunable', 'random'),
      upsampling: fc.constantFrom(null, {}, { method: 'transposed_conv', skip_connections: 'add', block_stride: 4 }),
      max_stride: stride(8, 16, 32),
      atrous: fc.constant(false),
    }),
  ),
  choice(
    'pretrained_encoder',
    fc.record({
      encoder: fc.constantFrom(...ENCODERS),
      decoder_filters: fc.integer({ min: 1, max: 512 }),
      decoder_filters_rate: fc.constantFrom(0.5, 1, 2),
    }),
  ),
);
/** What SLEAP says of an encoder beside its layers. */
const encoderStarts = fc.record({
  encoder_weights: fc.constantFrom('imagenet' as const, null),
  encoder_preprocessing: fc.constant('sleap' as const),
});

const level = fc.double({ min: 0, max: 100, noNaN: true });
/** What a file that says nothing of it trains with. */
export const { augmentation_config: AUGMENTATION, ...TRAINING } = fromSleapJob(sleapFile()).training;
const trainings = fc.record({
  augmentation_config: fc
    .record({ rotate: fc.boolean(), random_flip: fc.boolean(), uniform_noise_max_val: level })
    .map(given => ({ ...AUGMENTATION, ...given })),
  batch_size: fc.integer({ min: 1, max: 64 }),
  batches_per_epoch: fc.option(fc.integer({ min: 1, max: 500 })),
  num_epochs: fc.integer({ min: 1, max: 500 }),
  learning_rate: level,
  test_fraction: fc.double({ min: 0, max: 0.9, noNaN: true }),
  heads_sigma: fc.double({ min: 0.1, max: 20, noNaN: true }),
  input_scaling: fc.double({ min: 0.1, max: 2, noNaN: true }),
});

export const jobs: fc.Arbitrary<SleapJob> = fc
  .record({
    keypoints: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 8 }),
    backbone: backbones,
    training: trainings,
    name: fc.option(fc.string()),
    channels: fc.constantFrom(null, 1 as const, 3 as const),
    target: fc.option(
      fc.record({ widthPx: fc.integer({ min: 1, max: 4000 }), heightPx: fc.integer({ min: 1, max: 4000 }) }),
    ),
  })
  .chain(({ keypoints, backbone, training, ...rest }) => {
    const index = fc.nat(keypoints.length - 1);
    const edge = fc.tuple(index, index);
    return fc
      .record({
        edges: fc.uniqueArray(edge, { selector: String, maxLength: 8 }),
        // Disjoint pairs of neighbours.
        pairs: fc.subarray(Array.from({ length: Math.floor(keypoints.length / 2) }, (_, i) => 2 * i)),
        heads_output_stride: fc.constantFrom(...headStrides(backbone)),
        start: backbone.backbone_model === 'pretrained_encoder' ? encoderStarts : fc.constant({}),
      })
      .map(({ edges, pairs, heads_output_stride, start }) => ({
        ...rest,
        training: { ...TRAINING, ...training, ...backbone, ...start, heads_output_stride },
        skeleton: { keypoints, edges },
        symmetricKeypoints: pairs.map((i): [string, string] => [keypoints[i]!, keypoints[i + 1]!]),
      }));
  });

/** A file as SLEAP 1.3 writes it, cut to what has no default there. @param change of its head, its backbone, its preprocessing. */
export function sleapFile({
  heads = { single_instance: { part_names: ['A', 'B'], sigma: 2.5, output_stride: 4 } } as Record<string, unknown>,
  backbone = { unet: { max_stride: 16, output_stride: 4, filters: 16 } } as Record<string, unknown>,
  preprocessing = {},
  skeletons = [] as unknown[],
} = {}): unknown {
  const none = { leap: null, unet: null, hourglass: null, resnet: null, pretrained_encoder: null };
  return {
    data: { labels: { skeletons }, preprocessing },
    model: { backbone: { ...none, ...backbone }, heads: { centroid: null, ...heads } },
  };
}
