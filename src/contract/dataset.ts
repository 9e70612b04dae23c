/**
 * A dataset as it is sent for training or for a check: its format, its password, and which of several label files is meant.
 * All of it is optional: a format is told by its content.
 */
import { z } from 'zod';

/** The formats that can be read, in words for people. */
export const DATASET_FORMATS = {
  labels_csv: 'labels.csv of this service, with images',
  slp: 'SLEAP labels (.slp) with images or a video',
  pkg_slp: 'SLEAP package (.pkg.slp) with embedded frames',
  sleap_job: 'SLEAP training-job package (.zip)',
  coco: 'COCO keypoints (.json) with images',
  deeplabcut: 'DeepLabCut project or labeled-data folder',
  lightning_pose: 'Lightning Pose CSV with images',
} as const;
export type DatasetFormat = keyof typeof DATASET_FORMATS;

/** Members of a request beside the dataset itself. */
export const datasetOptionsSchema = z
  .strictObject({
    dataset_format: z
      .enum(Object.keys(DATASET_FORMATS) as [DatasetFormat, ...DatasetFormat[]])
      .optional()
      .describe('Needed where a dataset holds labels of several formats; absent: told by its content.'),
    dataset_labels: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('Path of the label file within the archive; needed where several files of one format are there.'),
    dataset_password: z.string().min(1).max(1000).optional().describe('Of an encrypted 7z or zip.'),
  })
  .meta({ id: 'DatasetOptions', description: 'How a dataset is read.' });
export type DatasetOptions = z.infer<typeof datasetOptionsSchema>;
