/** What the worker that is played by hand finds out in test/support/api-session.ts: figures of the size that a small training has. */
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import type { OverlayConfigInput, VideoInfo } from '../../src/contract/inference.ts';
import type { Evaluation } from '../../src/contract/metrics.ts';
import type { PixelError } from '../../src/contract/model.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import type { TrainingConfigInput } from '../../src/contract/training.ts';

export const TRAINING_CONFIG: TrainingConfigInput = {
  ...{ test_fraction: 0.2, num_epochs: 20, learning_rate: 0.002, backbone_model: 'unet' },
  ...{ heads_sigma: 1.5, heads_output_stride: 2, batch_size: 4, seed: 1 },
  backbone_config: { filters: 8, filters_rate: 1.5, max_stride: 16, up_interpolate: true },
};

export const OVERLAY_CONFIG: OverlayConfigInput = { trail_length: 20 };

export const SKELETON: Skeleton = {
  keypoints: ['nose', 'tail_base'],
  edges: [[0, 1]],
};

export const DATASET_REPORT: DatasetReport = {
  ...{ format: 'coco', label_files: ['annotations.json'], frames: 21, labelled_frames: 20, channels: 1 },
  sizes: [{ width_px: 640, height_px: 480, frames: 21 }],
  keypoints: [
    { name: 'nose', visible: 20 },
    { name: 'tail_base', visible: 18 },
  ],
  ...{ edges: [['nose', 'tail_base']], symmetries: null, duplicates: [], duplicate_frames: 0 },
  videos: [{ name: 'images', labelled_frames: 20 }],
  outside: {
    points: 1,
    examples: [{ image: 'images/7.png', keypoint: 'nose', x: 641.5, y: 12, width_px: 640, height_px: 480 }],
  },
  warnings: ['1 of 21 frames has no visible keypoint and is left out.'],
  samples: [],
};

export const EPOCHS = [
  { epoch: 0, loss: 0.00167, valLoss: 0.0016, lr: 0.002, seconds: 4.8 },
  { epoch: 1, loss: 0.00153, valLoss: 0.0015, lr: 0.002, seconds: 4.7 },
  { epoch: 2, loss: 0.00089, valLoss: 0.00081, lr: 0.002, seconds: 4.7 },
];

export const EVALUATION: Evaluation = {
  ...{ frames: 4, instances_matched: 4 },
  dist: { avg: 1.2, p50: 0.9, p75: 1.4, p90: 2.1, p95: 2.6, p99: 3 },
  pck: { thresholds_px: [1, 2, 5, 10], values: [0.5, 0.875, 1, 1], mean: 0.84375 },
  oks: { mean: 0.91 },
  oks_voc: { map: 0.88, mar: 0.9 },
  pck_voc: { map: 0.8, mar: 0.83 },
  visibility: { tp: 8, fp: 0, tn: 0, fn: 0, precision: 1, recall: 1 },
  normalized_pck: { thresholds: [0.1, 0.2], values: [0.875, 1], measured: 8 },
  keypoints: [
    { keypoint: 'nose', visible: 4, found: 4, avg: 1.1, p50: 0.9, p90: 1.9, pck: 0.85 },
    { keypoint: 'tail_base', visible: 4, found: 4, avg: 1.3, p50: 1, p90: 2.3, pck: 0.83 },
  ],
};

export const PIXEL_ERROR: PixelError = {
  ...{ count: 8, missed: 0, mean: 1.2, median: 0.9, p90: 2.1, baseline_mean: 43.7, baseline_median: 43.7 },
  keypoints: [
    { keypoint: 'nose', count: 4, mean: 1.1 },
    { keypoint: 'tail_base', count: 4, mean: 1.3 },
  ],
};

export const VIDEO: VideoInfo = {
  ...{ widthPx: 640, heightPx: 480, fps: 30, frames: 900, codec: 'h264' },
  ...{ rotationDegrees: 0, variableRate: false },
};

/** A frame a line: x px, y px and score of each keypoint. */
export const POINTS = [
  [312.5, 200.25, 0.93, 280, 240.5, 0.88],
  [313, 201.5, 0.94, 281.25, 240.75, 0.87],
  [314.75, 203, 0.91, 282, 241.5, 0.35],
  [316.25, 204.5, 0.92, 283.5, 242, 0.86],
];

/** Two validation frames, the second without a label for the tail, and what two epochs found. */
export const SAMPLES = {
  truth: [
    [612.5, 400.25, 580, 441],
    [702, 388.5, Number.NaN, Number.NaN],
  ],
  found: {
    1: [
      [618.25, 404, 0.41, Number.NaN, Number.NaN, 0.12],
      [696.5, 391, 0.38, 733.75, 415, 0.27],
    ],
    2: [
      [613.25, 401, 0.92, 578.5, 442.25, 0.81],
      [701, 389.25, 0.9, 735.5, 417, 0.77],
    ],
  },
};
