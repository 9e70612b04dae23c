/**
 * Writes the training_config.json of a model, so that SLEAP 1.3 and 1.4 open it and train or predict with it (TrainingJobConfig,
 * sleap/nn/config): all sections and fields, with the values in force here, and SLEAP's defaults where there are none.
 * Leaves out what SLEAP has no name for: a resnet's `features` and `atrous`, an encoder's preprocessing (which best_model.h5 holds as layers), the
 * hold-out, how frames were dealt out.
 */
import { hourglassStemStride } from './head-strides.ts';
import type { SleapJob, SleapTraining } from './sleap-job.ts';
import { optimizationSchema } from './sleap-job-schema.ts';
import { encodeSkeleton } from './sleap-skeleton.ts';

/** Whose fields these are. */
const SLEAP_VERSION = '1.4.1';

const NO_BACKBONE = { leap: null, unet: null, hourglass: null, resnet: null, pretrained_encoder: null };
const NO_HEAD = {
  single_instance: null,
  centroid: null,
  centered_instance: null,
  multi_instance: null,
  multi_class_bottomup: null,
  multi_class_topdown: null,
};

const OUTPUTS = {
  save_outputs: true,
  run_name_prefix: '',
  run_name_suffix: null,
  runs_folder: 'models',
  tags: [],
  save_visualizations: false,
  keep_viz_images: false,
  zip_outputs: false,
  log_to_csv: true,
  checkpointing: {
    initial_model: false,
    best_model: true,
    every_epoch: false,
    latest_model: false,
    final_model: false,
  },
  tensorboard: {
    write_logs: false,
    loss_frequency: 'epoch',
    architecture_graph: false,
    profile_graph: false,
    visualizations: true,
  },
  zmq: {
    subscribe_to_controller: false,
    controller_address: 'tcp://127.0.0.1:9000',
    controller_polling_timeout: 10,
    publish_updates: false,
    publish_address: 'tcp://127.0.0.1:9001',
  },
};

/** The training_config.json of a model, as an object. */
export function toSleapJob({ name, training, skeleton, symmetricKeypoints, channels, target }: SleapJob): object {
  const { keypoints, edges } = skeleton;
  const nodes = encodeSkeleton(
    { nodes: keypoints, edges: edges.map(([a, b]) => [keypoints[a]!, keypoints[b]!]), symmetry: symmetricKeypoints },
    'Skeleton-0',
  );
  return {
    data: {
      labels: {
        training_labels: null,
        validation_labels: null,
        validation_fraction: training.test_fraction,
        test_labels: null,
        split_by_inds: false,
        training_inds: null,
        validation_inds: null,
        test_inds: null,
        search_path_hints: [],
        skeletons: [nodes],
      },
      preprocessing: {
        ensure_rgb: channels === 3,
        ensure_grayscale: channels === 1,
        imagenet_mode: null,
        input_scaling: training.input_scaling,
        pad_to_stride: training.backbone_config.max_stride,
        resize_and_pad_to_target: true,
        target_height: target?.heightPx ?? null,
        target_width: target?.widthPx ?? null,
      },
      instance_cropping: { center_on_part: null, crop_size: null, crop_size_detection_padding: 16 },
    },
    model: {
      backbone: { ...NO_BACKBONE, [training.backbone_model]: sleapBackbone(training) },
      heads: {
        ...NO_HEAD,
        single_instance: {
          part_names: keypoints,
          sigma: training.heads_sigma,
          output_stride: training.heads_output_stride,
          loss_weight: 1,
          offset_refinement: false,
        },
      },
      base_checkpoint: null,
    },
    optimization: sleapOptimization(training),
    outputs: { ...OUTPUTS, run_name: name },
    name: '',
    description: '',
    sleap_version: SLEAP_VERSION,
    filename: '',
  };
}

function sleapBackbone(training: SleapTraining): object {
  const output_stride = training.heads_output_stride;
  switch (training.backbone_model) {
    case 'hourglass': {
      const stem_stride = hourglassStemStride(training.backbone_config, output_stride);
      return { ...training.backbone_config, stem_stride, output_stride };
    }
    case 'resnet': {
      const { features: _, atrous: __, ...own } = training.backbone_config;
      return { ...own, output_stride };
    }
    case 'pretrained_encoder': {
      const { max_stride: _, ...own } = training.backbone_config;
      return { ...own, pretrained: training.encoder_weights === 'imagenet', decoder_batchnorm: true, output_stride };
    }
    default:
      return { ...training.backbone_config, output_stride };
  }
}

function sleapOptimization(training: SleapTraining): object {
  const { num_epochs: epochs, learning_rate: initial_learning_rate } = training;
  const known = optimizationSchema.parse({ ...training, epochs, initial_learning_rate });
  return {
    preload_data: true,
    ...known,
    augmentation_config: {
      ...known.augmentation_config,
      random_crop: false,
      random_crop_height: 256,
      random_crop_width: 256,
    },
    online_shuffling: true,
    shuffle_buffer_size: 128,
    prefetch: true,
    min_batches_per_epoch: 200,
    val_batches_per_epoch: null,
    min_val_batches_per_epoch: 10,
    optimizer: 'adam',
  };
}
