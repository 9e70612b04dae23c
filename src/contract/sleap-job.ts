/**
 * Reads the training_config.json of SLEAP up to 1.4 (TrainingJobConfig, sleap/nn/config), which lies beside each best_model.h5, into what
 * this service calls a training_config and a skeleton. sleap-job-write.ts is the way back.
 *
 * Leaves out: models of several animals, which are refused by name; what a training_config has not (random crops, batches of validation,
 * paths, outputs). In SLEAP the head's stride replaces the backbone's `output_stride`, here too. A resnet of SLEAP has no effective
 * dilation, so it is read with `atrous` false.
 */
import type { z } from 'zod';
import { BACKBONE_SCHEMAS, type BackboneChoice, backboneFault } from './backbones.ts';
import type { EncoderPreprocessing } from './encoders.ts';
import { headStrides } from './head-strides.ts';
import type { Skeleton } from './pose.ts';
import { headSchema, jobSchema, type Optimization } from './sleap-job-schema.ts';
import { decodeSkeleton, type SleapSkeleton } from './sleap-skeleton.ts';

/** Why a file is refused: what is wrong with it, and what the reader can do. */
export class SleapJobError extends Error {
  override readonly name = 'SleapJobError';
  readonly remedy: string;

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
  }
}

/** The part of a training_config that SLEAP knows, under the names it has here. */
export type SleapTraining = BackboneChoice &
  Pick<
    Optimization,
    | 'augmentation_config'
    | 'batch_size'
    | 'batches_per_epoch'
    | 'learning_rate_schedule'
    | 'hard_keypoint_mining'
    | 'early_stopping'
  > & {
    test_fraction: number;
    num_epochs: number;
    learning_rate: number;
    heads_sigma: number;
    heads_output_stride: number;
    input_scaling: number;
    /** Of a pretrained encoder. */
    encoder_weights?: 'imagenet' | null | undefined;
    encoder_preprocessing?: EncoderPreprocessing;
  };

export interface SleapJob {
  /** SLEAP's run_name. */
  name: string | null;
  training: SleapTraining;
  skeleton: Skeleton;
  /** Pairs of keypoints that a mirror exchanges, as the skeleton has them. */
  symmetricKeypoints: [string, string][];
  /** Channels that images are brought to; null: as they are. */
  channels: 1 | 3 | null;
  /** Size that images are brought to; null: as they are. */
  target: { widthPx: number; heightPx: number } | null;
}

/** Of SLEAP's heads but single_instance. */
const OTHER_HEADS = new Map([
  ['centroid', 'a centroid model'],
  ['centered_instance', 'a top-down model'],
  ['multi_instance', 'a bottom-up model'],
  ['multi_class_bottomup', 'a bottom-up model with identities'],
  ['multi_class_topdown', 'a top-down model with identities'],
]);

/**
 * @param json the parsed training_config.json.
 * @throws SleapJobError
 */
export function fromSleapJob(json: unknown): SleapJob {
  const job = jobSchema.safeParse(json);
  if (!job.success) throw notAJob(json, job.error);
  const { data, model, optimization, outputs } = job.data;
  const { preprocessing } = data;
  const head = readHead(model.heads);
  if (preprocessing.imagenet_mode !== null)
    throw refused('images are normalised as for ImageNet (imagenet_mode)', 'Train it again without imagenet_mode.');
  const skeleton = readSkeleton(data.labels.skeletons, head.part_names);
  const { epochs, initial_learning_rate, ...sameNames } = optimization;
  const { target_width: widthPx, target_height: heightPx } = preprocessing;
  return {
    name: outputs.run_name,
    training: {
      ...readBackbone(model.backbone, head.output_stride),
      ...readEncoderStart(model.backbone.pretrained_encoder),
      ...sameNames,
      test_fraction: data.labels.validation_fraction,
      num_epochs: epochs,
      learning_rate: initial_learning_rate,
      heads_sigma: head.sigma,
      heads_output_stride: head.output_stride,
      input_scaling: preprocessing.input_scaling,
    },
    ...skeleton,
    channels: preprocessing.ensure_grayscale ? 1 : preprocessing.ensure_rgb ? 3 : null,
    target:
      preprocessing.resize_and_pad_to_target && widthPx !== null && heightPx !== null ? { widthPx, heightPx } : null,
  };
}

function readHead(heads: Record<string, unknown>): z.infer<typeof headSchema> {
  const given = Object.keys(heads).filter(name => heads[name] !== null);
  const other = given.find(name => name !== 'single_instance');
  if (other !== undefined)
    throw refused(
      `it is ${OTHER_HEADS.get(other) ?? 'a model with another head'} (${other})`,
      'Only models of a single animal (single_instance) can be used here.',
    );
  if (given.length === 0) throw refused('it names no head', REMEDY);
  const head = headSchema.safeParse(heads.single_instance);
  if (!head.success) throw refused(`its head is not complete: ${firstIssue(head.error)}`, REMEDY, head.error);
  if (head.data.offset_refinement)
    throw refused(
      'its head also learns offsets (offset_refinement)',
      'Train it again with offset_refinement off; peaks are refined without it.',
    );
  return head.data;
}

function readBackbone(backbones: z.infer<typeof jobSchema>['model']['backbone'], headStride: number): BackboneChoice {
  const given = Object.entries(backbones).filter(([, config]) => config !== null);
  if (given.length !== 1) throw refused(`it names ${given.length} backbones`, REMEDY);
  const [[model, config]] = given as [[string, Record<string, unknown>]];
  if (!isReadable(model)) throw refused(`nobody here knows its backbone, ${model}`, REMEDY);
  // Two fields of a pretrained encoder say nothing of its layers: see readEncoderStart; it is normalised in SLEAP whatever the other says.
  const { output_stride: _, pretrained: __, decoder_batchnorm: ___, ...own } = config;
  const parsed = BACKBONE_SCHEMAS[model].safeParse({ ...SLEAP_MEANS[model], ...own });
  if (!parsed.success) throw refused(`its ${model} is out of range: ${firstIssue(parsed.error)}`, REMEDY, parsed.error);
  const backbone = { backbone_model: model, backbone_config: parsed.data } as BackboneChoice;
  const fault = backboneFault(backbone);
  if (fault) throw refused(`its ${model} has a ${fault.field} that ${fault.message}`, REMEDY);
  if (!headStrides(backbone).includes(headStride))
    throw refused(`its ${model} has no features of the stride ${headStride} of its head`, REMEDY);
  return backbone;
}

/** SLEAP gives levels in [0, 1] to every encoder. */
function readEncoderStart(config: Record<string, unknown> | null | undefined) {
  if (!config) return {};
  const encoder_weights = config.pretrained === false ? null : ('imagenet' as const);
  return { encoder_weights, encoder_preprocessing: 'sleap' as const };
}

/** Where SLEAP's default or meaning is another than ours. */
const SLEAP_MEANS = {
  unet: {},
  leap: {},
  hourglass: { stem_stride: 4 },
  resnet: { features: 'sleap-default', atrous: false },
  pretrained_encoder: {},
} as const;

function isReadable(model: string): model is keyof typeof BACKBONE_SCHEMAS {
  return Object.hasOwn(BACKBONE_SCHEMAS, model);
}

function readSkeleton(
  skeletons: unknown[],
  partNames: string[] | null,
): Pick<SleapJob, 'skeleton' | 'symmetricKeypoints'> {
  let read: SleapSkeleton = { nodes: [], edges: [], symmetry: [] };
  if (skeletons.length > 0) {
    try {
      read = decodeSkeleton(skeletons[0]);
    } catch (cause) {
      throw refused('its skeleton cannot be read', REMEDY, cause);
    }
  }
  const keypoints = partNames ?? read.nodes;
  if (keypoints.length === 0) throw refused('it names no keypoints', REMEDY);
  if (new Set(keypoints).size !== keypoints.length) throw refused('it names a keypoint twice', REMEDY);
  // A head may learn some of the skeleton's nodes only.
  const learned = (pair: [string, string]) => pair.every(name => keypoints.includes(name));
  return {
    skeleton: {
      keypoints,
      edges: read.edges
        .filter(learned)
        .map(([parent, child]): [number, number] => [keypoints.indexOf(parent), keypoints.indexOf(child)]),
    },
    symmetricKeypoints: read.symmetry.filter(learned),
  };
}

const REMEDY = 'Send the training_config.json that SLEAP (up to 1.4) wrote beside the best_model.h5.';

function refused(reason: string, remedy: string, cause?: unknown): SleapJobError {
  return new SleapJobError(`This SLEAP model cannot be used: ${reason}.`, remedy, cause);
}

function notAJob(json: unknown, error: z.ZodError): SleapJobError {
  const newer = typeof json === 'object' && json !== null && 'model_config' in json;
  return refused(
    newer ? 'it is of SLEAP 1.5 or later' : `its training_config.json is not complete: ${firstIssue(error)}`,
    REMEDY,
    error,
  );
}

function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${issue!.path.join('.') || 'the file'}: ${issue!.message}`;
}
