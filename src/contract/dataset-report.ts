/** What `POST /api/datasets/check` answers: what a training would see of a dataset. Lengths are pixels. */
import { z } from 'zod';
import { DATASET_FORMATS, type DatasetFormat } from './dataset.ts';
import { taskStatusSchema } from './task.ts';

export const datasetReportSchema = z.object({
  format: z.enum(Object.keys(DATASET_FORMATS) as [DatasetFormat, ...DatasetFormat[]]),
  /** Paths within the archive. */
  label_files: z.array(z.string()),
  /** Frames the labels speak of. */
  frames: z.int(),
  /** Those with at least one visible keypoint: what a training trains and validates on. */
  labelled_frames: z.int(),
  /** The most frequent first. */
  sizes: z.array(z.object({ width_px: z.int(), height_px: z.int(), frames: z.int() })),
  /** 1: every image is gray; 3: RGB. */
  channels: z.union([z.literal(1), z.literal(3)]),
  /** In the order of the network's channels. */
  keypoints: z.array(z.object({ name: z.string(), visible: z.int() })),
  /** [parent, child] by name. */
  edges: z.array(z.tuple([z.string(), z.string()])),
  /** Pairs that a mirror exchanges, as the labels give them; null: they do not say. */
  symmetries: z.array(z.tuple([z.string(), z.string()])).nullable(),
  /** Videos or folders that split_by "video" keeps together. */
  videos: z.array(z.object({ name: z.string(), labelled_frames: z.int() })),
  /** Labelled frames with the very same pixels, in groups of two and more; at most 20 groups. */
  duplicates: z.array(z.array(z.string())),
  /** Labelled frames that show what an earlier one shows already. */
  duplicate_frames: z.int(),
  /** Points that lie outside their image. */
  outside: z.object({
    points: z.int(),
    /** At most 20. */
    examples: z.array(
      z.object({
        image: z.string(),
        keypoint: z.string(),
        x: z.number(),
        y: z.number(),
        width_px: z.int(),
        height_px: z.int(),
      }),
    ),
  }),
  /** Sentences about what a training would leave out, guess or trip over. */
  warnings: z.array(z.string()),
  /** Up to eight frames, spread over the dataset, with their labels drawn in: PNG files to be fetched. */
  samples: z.array(z.object({ image: z.string(), width_px: z.int(), height_px: z.int(), url: z.string() })),
});
export type DatasetReport = z.infer<typeof datasetReportSchema>;

/** A check as `GET /api/datasets/checks/{id}` shows it. */
export const datasetCheckSchema = taskStatusSchema.extend({
  check_id: z.uuid(),
  task_id: z.uuid(),
  /** null until the dataset was read. */
  report: datasetReportSchema.nullable(),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
});
export type DatasetCheck = z.infer<typeof datasetCheckSchema>;
