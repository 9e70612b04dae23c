/** SLEAP's training_config.json: what is written is read again, and what cannot be used is refused by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromSleapJob, type SleapJob } from '../../src/contract/sleap-job.ts';
import { toSleapJob } from '../../src/contract/sleap-job-write.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { backbone } from '../support/backbone.ts';
import { AUGMENTATION, jobs, sleapFile, TRAINING } from '../support/sleap-jobs.ts';

const refusal = (words: string) =>
  expect.objectContaining({
    name: 'SleapJobError',
    message: expect.stringContaining(words),
    remedy: expect.stringMatching(/\.$/),
  });

describe('a job written for SLEAP', () => {
  it('is read again as it was', () => {
    fc.assert(
      fc.property(jobs, job => {
        expect(fromSleapJob(JSON.parse(JSON.stringify(toSleapJob(job))))).toEqual(job);
      }),
    );
  });

  it('takes a whole training_config', () => {
    const config = trainingConfigSchema.parse({
      test_fraction: 0.2,
      num_epochs: 7,
      learning_rate: 1e-3,
      backbone_model: 'hourglass',
      heads_sigma: 2,
      heads_output_stride: 2,
      backbone_config: { stacks: 1 },
      augmentation_config: { rotate: true, symmetric_keypoints: [['A', 'B']] },
    });
    const written = toSleapJob({
      name: 'uid',
      training: config,
      skeleton: { keypoints: ['A', 'B'], edges: [] },
      symmetricKeypoints: [['A', 'B']],
      channels: 1,
      target: { widthPx: 640, heightPx: 480 },
    });
    expect(written).toMatchObject({
      data: {
        labels: { validation_fraction: 0.2 },
        preprocessing: { ensure_grayscale: true, ensure_rgb: false, target_width: 640, target_height: 480 },
      },
      model: { heads: { single_instance: { sigma: 2, output_stride: 2, part_names: ['A', 'B'] }, centroid: null } },
      optimization: { epochs: 7, initial_learning_rate: 1e-3, batch_size: 8, augmentation_config: { rotate: true } },
      outputs: { run_name: 'uid' },
    });
    expect(JSON.stringify(written)).not.toMatch(/symmetric_keypoints|holdout|seed/);
  });

  it('has the strides in force: of the head, of the padding, of an open stem', () => {
    const stems = [1, 2, 4, 8].map(heads_output_stride => {
      const training = { ...TRAINING, augmentation_config: AUGMENTATION, ...backbone('hourglass', { stacks: 1 }) };
      const job = { ...fromSleapJob(sleapFile()), training: { ...training, heads_output_stride } };
      return toSleapJob(job) as { model: { backbone: { hourglass: object } } };
    });
    expect(stems.map(({ model }) => model.backbone.hourglass)).toEqual([
      expect.objectContaining({ stem_stride: 1, output_stride: 1 }),
      expect.objectContaining({ stem_stride: 2, output_stride: 2 }),
      expect.objectContaining({ stem_stride: 4, output_stride: 4 }),
      expect.objectContaining({ stem_stride: 4, output_stride: 8 }),
    ]);
    expect(stems[0]).toMatchObject({ data: { preprocessing: { pad_to_stride: 64 } } });
  });

  it('keeps apart a body edge and a symmetry between the same keypoints', () => {
    const job: SleapJob = {
      ...fromSleapJob(sleapFile()),
      skeleton: { keypoints: ['A', 'B'], edges: [[0, 1]] },
      symmetricKeypoints: [['A', 'B']],
    };
    const { data } = toSleapJob(job) as { data: { labels: { skeletons: [{ links: { key: number }[] }] } } };
    expect(data.labels.skeletons[0].links.map(link => link.key)).toEqual([0, 1, 0]);
  });
});

describe('a job of SLEAP', () => {
  it("has SLEAP's defaults where it says nothing, not ours", () => {
    const { training } = fromSleapJob(sleapFile({ backbone: { hourglass: { stacks: 1 } } }));
    expect(training).toMatchObject({ learning_rate: 1e-4, num_epochs: 100, input_scaling: 1, heads_sigma: 2.5 });
    expect(training.backbone_config).toMatchObject({ stem_stride: 4 });
    const resnet = fromSleapJob(sleapFile({ backbone: { resnet: {} } })).training.backbone_config;
    expect(resnet).toMatchObject({
      features: 'sleap-default',
      atrous: false,
      weights: 'frozen',
      upsampling: null,
    });
  });

  it('takes the stride of its head, whatever the backbone says', () => {
    const { training } = fromSleapJob(sleapFile({ backbone: { unet: { output_stride: 1 } } }));
    expect(training.heads_output_stride).toBe(4);
    expect(training.backbone_config).not.toHaveProperty('output_stride');
  });

  it('keeps of the skeleton what its head learns', () => {
    const skeleton = encoded(['A', 'B', 'C'], {
      edges: [
        ['C', 'A'],
        ['A', 'B'],
      ],
      symmetry: [['B', 'C']],
    });
    const part_names = ['B', 'A'];
    const some = fromSleapJob(sleapFile({ skeletons: [skeleton], heads: { single_instance: { part_names } } }));
    expect(some.skeleton).toEqual({ keypoints: ['B', 'A'], edges: [[1, 0]] });
    expect(some.symmetricKeypoints).toEqual([]);
    const all = fromSleapJob(sleapFile({ skeletons: [skeleton], heads: { single_instance: { part_names: null } } }));
    expect(all.skeleton).toEqual({
      keypoints: ['A', 'B', 'C'],
      edges: [
        [2, 0],
        [0, 1],
      ],
    });
    expect(all.symmetricKeypoints).toEqual([['B', 'C']]);
  });

  it('says what images are brought to', () => {
    const of = (preprocessing: object) => {
      const { channels, target } = fromSleapJob(sleapFile({ preprocessing }));
      return { channels, target };
    };
    const size = { target_width: 640, target_height: 480 };
    expect(of({})).toEqual({ channels: null, target: null });
    expect(of({ ensure_rgb: true, ...size })).toEqual({ channels: 3, target: { widthPx: 640, heightPx: 480 } });
    expect(of({ ensure_grayscale: true, resize_and_pad_to_target: false, ...size })).toEqual({
      channels: 1,
      target: null,
    });
  });

  it.each([
    ['centroid', 'a centroid model (centroid)'],
    ['centered_instance', 'a top-down model (centered_instance)'],
    ['multi_instance', 'a bottom-up model (multi_instance)'],
    ['multi_class_bottomup', 'a bottom-up model with identities (multi_class_bottomup)'],
    ['multi_class_topdown', 'a top-down model with identities (multi_class_topdown)'],
    ['class_vectors', '(class_vectors)'],
    ['constructor', '(constructor)'],
  ])('is refused by name for its head %s', (head, words) => {
    expect(() => fromSleapJob(sleapFile({ heads: { single_instance: null, [head]: {} } }))).toThrow(refusal(words));
  });

  it('is refused in words for what the network or the images would lack', () => {
    const single = (head: object) => ({ heads: { single_instance: { part_names: ['A'], output_stride: 4, ...head } } });
    const cases: [Parameters<typeof sleapFile>[0], string][] = [
      [single({ offset_refinement: true }), 'offset_refinement'],
      [single({ part_names: ['A', 'A'] }), 'a keypoint twice'],
      [single({ part_names: null }), 'no keypoints'],
      [single({ sigma: -1 }), 'sigma'],
      [single({ output_stride: 32 }), 'stride 32'],
      [{ heads: {} }, 'no head'],
      [{ backbone: { unet: null } }, '0 backbones'],
      [{ backbone: { unet: { filters: 0 } } }, 'filters'],
      [{ backbone: { unet: { max_stride: 4, stem_stride: 4 } } }, 'stem_stride'],
      [{ preprocessing: { imagenet_mode: 'caffe' } }, 'imagenet_mode'],
      [{ skeletons: [{ nodes: [{ id: 0 }], links: [] }] }, 'skeleton'],
    ];
    for (const [change, words] of cases) expect(() => fromSleapJob(sleapFile(change)), words).toThrow(refusal(words));
  });

  it('with a backbone nobody knows is refused by its name', () => {
    expect(() => fromSleapJob(sleapFile({ backbone: { unet: null, constructor: {} } }))).toThrow(
      refusal('its backbone, constructor'),
    );
  });

  it('with a pretrained encoder is read with what SLEAP gives to it: levels in [0, 1]', () => {
    const read = (config: object) =>
      fromSleapJob(sleapFile({ backbone: { unet: null, pretrained_encoder: { output_stride: 2, ...config } } }))
        .training;
    expect(read({ encoder: 'vgg16', pretrained: true, decoder_filters: 64, decoder_batchnorm: false })).toMatchObject({
      backbone_model: 'pretrained_encoder',
      backbone_config: { encoder: 'vgg16', decoder_filters: 64, decoder_filters_rate: 1, max_stride: 32 },
      encoder_weights: 'imagenet',
      encoder_preprocessing: 'sleap',
    });
    expect(read({ pretrained: false })).toMatchObject({
      backbone_config: { encoder: 'efficientnetb0' },
      encoder_weights: null,
    });
    expect(() => read({ encoder: 'vgg11' })).toThrow(refusal('its pretrained_encoder is out of range: encoder'));
  });

  it('is told from other files', () => {
    expect(() => fromSleapJob({ data_config: {}, model_config: {}, trainer_config: {} })).toThrow(
      refusal('SLEAP 1.5 or later'),
    );
    for (const other of [null, [], 'text', {}, { model: {} }])
      expect(() => fromSleapJob(other)).toThrow(refusal('not complete'));
  });
});

/** A skeleton in jsonpickle's form, nodes and types numbered where they first stand. */
function encoded(
  keypoints: string[],
  { edges = [] as [string, string][], symmetry = [] as [string, string][] } = {},
): unknown {
  const index = (name: string) => keypoints.indexOf(name);
  const job = { ...fromSleapJob(sleapFile()), symmetricKeypoints: symmetry };
  const skeleton = { keypoints, edges: edges.map(([a, b]): [number, number] => [index(a), index(b)]) };
  const { data } = toSleapJob({ ...job, skeleton }) as { data: { labels: { skeletons: unknown[] } } };
  return data.labels.skeletons[0];
}
