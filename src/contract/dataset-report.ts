/** What `POST /api/datasets/check` answers: what a training would see of a dataset. Lengths are pixels. */
import { z } from 'zod';
import { DATASET_FORMATS, type DatasetFormat } from './dataset.ts';
import { taskStatusSchema } from './task.ts';

const widthPx = z.int().describe('Width, px.');
const heightPx = z.int().describe('Height, px.');
const imagePath = z.string().describe('Path within the archive.');

export const datasetReportSchema = z
  .object({
    format: z
      .enum(Object.keys(DATASET_FORMATS) as [DatasetFormat, ...DatasetFormat[]])
      .describe('The format that was read.'),
    label_files: z.array(z.string()).describe('Paths within the archive.'),
    frames: z.int().describe('Frames the labels speak of.'),
    labelled_frames: z
      .int()
      .describe('Those with at least one visible keypoint: what a training trains and validates on.'),
    sizes: z
      .array(z.object({ width_px: widthPx, height_px: heightPx, frames: z.int().describe('Frames of this size.') }))
      .describe('Sizes of the images, the most frequent first.'),
    channels: z.union([z.literal(1), z.literal(3)]).describe('1: every image is gray; 3: RGB.'),
    keypoints: z
      .array(
        z.object({
          name: z.string().describe('As the labels have it.'),
          visible: z.int().describe('Frames in which it is labelled.'),
        }),
      )
      .describe("In the order of the network's channels."),
    edges: z.array(z.tuple([z.string(), z.string()])).describe('[parent, child] by name.'),
    symmetries: z
      .array(z.tuple([z.string(), z.string()]))
      .nullable()
      .describe('Pairs that a mirror exchanges, as the labels give them; null: they do not say.'),
    videos: z
      .array(
        z.object({
          name: z.string().describe('Of the video or the folder.'),
          labelled_frames: z.int().describe('Frames of it with labels.'),
        }),
      )
      .describe('Videos or folders that split_by "video" keeps together.'),
    duplicates: z
      .array(z.array(z.string()))
      .describe('Labelled frames with the very same pixels, in groups of two and more; at most 20 groups.'),
    duplicate_frames: z.int().describe('Labelled frames that show what an earlier one shows already.'),
    outside: z
      .object({
        points: z.int().describe('How many there are.'),
        examples: z
          .array(
            z.object({
              image: imagePath,
              keypoint: z.string().describe('Its name.'),
              x: z.number().describe('px to the right of the middle of the top left pixel.'),
              y: z.number().describe('px below the middle of the top left pixel.'),
              width_px: widthPx,
              height_px: heightPx,
            }),
          )
          .describe('At most 20.'),
      })
      .describe('Points that lie outside their image.'),
    warnings: z.array(z.string()).describe('Sentences about what a training would leave out, guess or trip over.'),
    samples: z
      .array(
        z.object({
          image: imagePath,
          width_px: widthPx,
          height_px: heightPx,
          url: z.string().describe('Path of the PNG file on this server.'),
        }),
      )
      .describe('Up to eight frames, spread over the dataset, with their labels drawn in: PNG files to be fetched.'),
  })
  .meta({ id: 'DatasetReport', description: 'What a training would see of a dataset.' });
export type DatasetReport = z.infer<typeof datasetReportSchema>;

/** A check as `GET /api/datasets/checks/{id}` shows it. */
export const datasetCheckSchema = taskStatusSchema
  .extend({
    check_id: z.uuid().describe('Names the check; a training takes it in place of the dataset.'),
    task_id: z.uuid().describe('The task that checks.'),
    report: datasetReportSchema.nullable().describe('null until the dataset was read.'),
    created_at: z.iso.datetime().describe('When it was submitted, ISO 8601 in UTC.'),
    finished_at: z.iso.datetime().nullable().describe('When it ended; null: it has not.'),
  })
  .meta({ id: 'DatasetCheck', description: 'The check of a dataset, and where it stands.' });
export type DatasetCheck = z.infer<typeof datasetCheckSchema>;
