/** What is tracked: keypoints in a fixed order and the edges between them. Channel k of a confidence map belongs to keypoint k. */
import { z } from 'zod';

export const skeletonSchema = z
  .object({
    keypoints: z.array(z.string().min(1)).min(1).describe('Names, unique, in channel order.'),
    edges: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .describe('[parent, child] as indices into `keypoints`; may be empty.'),
    symmetries: z
      .array(z.tuple([z.number().int(), z.number().int()]))
      .optional()
      .describe('Pairs that a mirror exchanges, as indices into `keypoints`, each once; absent: not known.'),
  })
  .meta({ id: 'Skeleton', description: 'Keypoints in a fixed order, and the edges between them.' });
export type Skeleton = z.infer<typeof skeletonSchema>;

/** Numbers stored per keypoint of a frame: x px, y px (original image, pixel centres at integers, origin top-left), score. */
export const NUMBERS_PER_POINT = 3;
