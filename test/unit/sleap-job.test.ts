/** SLEAP's training_config.json: what is written is read again, and what cannot be used is refused by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BACKBONE_SCHEMAS, type BackboneChoice, headStrides } from '../../src/contract/backbones.ts';
import { fromSleapJob, type SleapJob } from '../../src/contract/sleap-job.ts';
import { toSleapJob } from '../../src/contract/sleap-job-write.ts';
import { decodeSkeleton } from '../../src/contract/sleap-skeleton.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { backbone } from '../support/backbone.ts';

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
);

const level = fc.double({ min: 0, max: 100, noNaN: true });
const { augmentation_config: AUGMENTATION, ...TRAINING } = fromSleapJob(file()).training;
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

const jobs: fc.Arbitrary<SleapJob> = fc
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
      })
      .map(({ edges, pairs, heads_output_stride }) => ({
        ...rest,
        training: { ...TRAINING, ...training, ...backbone, heads_output_stride },
        skeleton: { keypoints, edges },
        symmetricKeypoints: pairs.map((i): [string, string] => [keypoints[i]!, keypoints[i + 1]!]),
      }));
  });

/** A file as SLEAP 1.3 writes it, cut to what has no default there. @param change of its head, its backbone, its preprocessing. */
function file({
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

const refusal = (words: string, code = 'invalid_request') =>
  expect.objectContaining({ code, message: expect.stringContaining(words), remedy: expect.stringMatching(/\.$/) });

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
      const job = { ...fromSleapJob(file()), training: { ...training, heads_output_stride } };
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
      ...fromSleapJob(file()),
      skeleton: { keypoints: ['A', 'B'], edges: [[0, 1]] },
      symmetricKeypoints: [['A', 'B']],
    };
    const { data } = toSleapJob(job) as { data: { labels: { skeletons: [{ links: { key: number }[] }] } } };
    expect(data.labels.skeletons[0].links.map(link => link.key)).toEqual([0, 1, 0]);
  });
});

describe('a job of SLEAP', () => {
  it("has SLEAP's defaults where it says nothing, not ours", () => {
    const { training } = fromSleapJob(file({ backbone: { hourglass: { stacks: 1 } } }));
    expect(training).toMatchObject({ learning_rate: 1e-4, num_epochs: 100, input_scaling: 1, heads_sigma: 2.5 });
    expect(training.backbone_config).toMatchObject({ stem_stride: 4 });
    const resnet = fromSleapJob(file({ backbone: { resnet: {} } })).training.backbone_config;
    expect(resnet).toMatchObject({
      features: 'sleap-default',
      atrous: false,
      weights: 'frozen',
      upsampling: null,
    });
  });

  it('takes the stride of its head, whatever the backbone says', () => {
    const { training } = fromSleapJob(file({ backbone: { unet: { output_stride: 1 } } }));
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
    const some = fromSleapJob(file({ skeletons: [skeleton], heads: { single_instance: { part_names } } }));
    expect(some.skeleton).toEqual({ keypoints: ['B', 'A'], edges: [[1, 0]] });
    expect(some.symmetricKeypoints).toEqual([]);
    const all = fromSleapJob(file({ skeletons: [skeleton], heads: { single_instance: { part_names: null } } }));
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
      const { channels, target } = fromSleapJob(file({ preprocessing }));
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
    expect(() => fromSleapJob(file({ heads: { single_instance: null, [head]: {} } }))).toThrow(refusal(words));
  });

  it('is refused in words for what the network or the images would lack', () => {
    const single = (head: object) => ({ heads: { single_instance: { part_names: ['A'], output_stride: 4, ...head } } });
    const cases: [Parameters<typeof file>[0], string][] = [
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
    for (const [change, words] of cases) expect(() => fromSleapJob(file(change)), words).toThrow(refusal(words));
  });

  it('with a pretrained encoder, or a backbone nobody knows, has to wait', () => {
    expect(() => fromSleapJob(file({ backbone: { unet: null, constructor: {} } }))).toThrow(
      refusal('a constructor', 'not_available_yet'),
    );
    const backbone = { unet: null, pretrained_encoder: { encoder: 'efficientnetb0' } };
    expect(() => fromSleapJob(file({ backbone }))).toThrow(
      refusal('pretrained_encoder with efficientnetb0', 'not_available_yet'),
    );
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
  const job = { ...fromSleapJob(file()), symmetricKeypoints: symmetry };
  const skeleton = { keypoints, edges: edges.map(([a, b]): [number, number] => [index(a), index(b)]) };
  const { data } = toSleapJob({ ...job, skeleton }) as { data: { labels: { skeletons: unknown[] } } };
  return data.labels.skeletons[0];
}

describe('a skeleton of SLEAP', () => {
  const full = (name: string) => ({ 'py/object': 'sleap.skeleton.Node', 'py/state': { 'py/tuple': [name, 1.0] } });
  const type = (value: number) => ({
    'py/reduce': [{ 'py/type': 'sleap.skeleton.EdgeType' }, { 'py/tuple': [value] }],
  });
  const id = (n: number) => ({ 'py/id': n });

  it('numbers nodes and types of edges together, in the order of the document', () => {
    const skeleton = {
      links: [
        { edge_insert_idx: 7, source: full('head'), target: full('tail'), type: type(1) },
        { edge_insert_idx: 3, source: id(2), target: full('left'), type: id(3) },
        { source: id(4), target: full('right'), type: type(2) },
        { source: id(5), target: id(4), type: id(6) },
      ],
      nodes: [{ id: id(4) }, { id: id(1) }, { id: id(5) }, { id: id(2) }, { id: full('alone') }],
    };
    const read = {
      nodes: ['left', 'head', 'right', 'tail', 'alone'],
      edges: [
        ['tail', 'left'],
        ['head', 'tail'],
      ],
      symmetry: [['left', 'right']],
    };
    expect(decodeSkeleton(skeleton)).toEqual(read);
    expect(decodeSkeleton({ nx_graph: skeleton, description: 'a template' })).toEqual(read);
  });

  it('numbers them apart where nodes are written in full each time', () => {
    const skeleton = {
      links: [
        { edge_insert_idx: 0, source: full('head'), target: full('left'), type: type(1) },
        { edge_insert_idx: 1, source: full('head'), target: full('right'), type: id(1) },
        { edge_insert_idx: 2, source: full('right'), target: full('tail'), type: id(1) },
      ],
      nodes: [1, 4, 2, 3].map(n => ({ id: id(n) })),
    };
    expect(decodeSkeleton(skeleton)).toEqual({
      nodes: ['head', 'tail', 'left', 'right'],
      edges: [
        ['head', 'left'],
        ['head', 'right'],
        ['right', 'tail'],
      ],
      symmetry: [],
    });
  });

  it('may keep the state of a node as an object', () => {
    const node = { 'py/object': 'sleap.skeleton.Node', 'py/state': { name: 'head', weight: 1 } };
    expect(decodeSkeleton({ links: [], nodes: [{ id: node }] }).nodes).toEqual(['head']);
  });

  it('is none when it refers to nothing', () => {
    for (const n of [0, 1, 2, 3]) expect(() => decodeSkeleton({ links: [], nodes: [{ id: id(n) }] })).toThrow();
    const link = { source: full('a'), target: full('b'), type: id(9) };
    expect(() => decodeSkeleton({ links: [link], nodes: [] })).toThrow(RangeError);
  });
});
