/** What is tracked: keypoints in a fixed order and the edges between them. Channel k of a confidence map belongs to keypoint k. */
import { z } from 'zod';

export const skeletonSchema = z.object({
  /** Names, unique, in channel order. */
  keypoints: z.array(z.string().min(1)).min(1),
  /** [parent, child] as indices into `keypoints`; may be empty. */
  edges: z.array(z.tuple([z.number().int(), z.number().int()])),
  /** Pairs that a mirror exchanges, as indices into `keypoints`, each once; absent: not known. */
  symmetries: z.array(z.tuple([z.number().int(), z.number().int()])).optional(),
});
export type Skeleton = z.infer<typeof skeletonSchema>;

/** Numbers stored per keypoint of a frame: x px, y px (original image, pixel centres at integers, origin top-left), score. */
export const NUMBERS_PER_POINT = 3;
