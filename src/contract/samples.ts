/**
 * `GET /api/models/{uid}/samples`: a few validation frames of a training with their labels, and what the weights of each epoch found in them.
 * Places are in pixels of the original image, pixel centres at integers; pictures may be smaller, and have their own size beside them.
 */
import { z } from 'zod';
import { skeletonSchema } from './pose.ts';

/** Epochs in one answer. */
export const MOST_SAMPLE_EPOCHS = 200;

export const samplesQuerySchema = z.object({
  after: z.coerce
    .number()
    .int()
    .min(-1)
    .max(2 ** 31 - 1)
    .default(-1)
    .describe('Only epochs after this one: for a client that has those up to it.'),
});

const sizePx = z.int().positive();
const px = z.number();

const sampleFrameSchema = z
  .object({
    name: z.string().describe('Path of the image within the dataset; of a video "video.mp4, frame 12".'),
    width_px: sizePx.describe('Width of the image, px: what places refer to.'),
    height_px: sizePx.describe('Height of the image, px.'),
    picture_url: z.string().describe('Path of the picture on this server, a JPEG file without labels.'),
    picture_width_px: sizePx.describe('Width of the picture, px: that of the image, or less.'),
    picture_height_px: sizePx.describe('Height of the picture, px.'),
    truth: z
      .array(z.tuple([px, px]).nullable())
      .describe('Labels, in the order of `keypoints`: x px, y px; null: not labelled.'),
  })
  .meta({ id: 'SampleFrame', description: 'A validation frame to watch a training by.' });

const sampleEpochSchema = z
  .object({
    epoch: z.int().nonnegative().describe('Counted from 0.'),
    points: z
      .array(z.array(z.tuple([px, px, z.number()]).nullable()))
      .describe(
        'A list for each of `frames`, in the order of `keypoints`: x px, y px, score; null: no peak was found.',
      ),
  })
  .meta({ id: 'SampleEpoch', description: 'What the weights of one epoch found in the sample frames.' });

export const samplesSchema = z
  .object({
    keypoints: z.array(z.string()).describe('Names, in channel order; empty until the dataset was read.'),
    edges: skeletonSchema.shape.edges,
    frames: z
      .array(sampleFrameSchema)
      .describe('At most six, spread over the validation frames; none of an import, or of a training of before 0.2.'),
    epochs: z
      .array(sampleEpochSchema)
      .describe(
        `In order, at most ${MOST_SAMPLE_EPOCHS}: of more they are evenly spaced, the first, the best and the last among them.`,
      ),
  })
  .meta({ id: 'Samples', description: 'Validation frames with their labels and the predictions of each epoch.' });
export type Samples = z.infer<typeof samplesSchema>;
