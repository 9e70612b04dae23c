/** `GET /api/inferences/{id}/suggestions`: the frames of a video that are worth labelling next. */
import { z } from 'zod';

export const suggestionsSchema = z.object({
  results_id: z.int(),
  model_uid: z.uuid(),
  file_name: z.string(),
  /** Those whose predictions were there to choose from. */
  frames_stored: z.int(),
  suggestions: z.array(
    z.object({
      /** Counted from 0. */
      frame: z.int(),
      /** Seconds since the start of the video; null: not known. */
      time: z.number().nullable(),
      reason: z.enum(['low_score', 'jump', 'spread']),
      /** Mean score of the keypoints. */
      score: z.number(),
      /** Pixels by which a keypoint leaves the path from the frame before to the frame after; null: it has no such neighbours. */
      jump_px: z.number().nullable(),
    }),
  ),
  /** The same as a .slp file lists them (suggestions_json), for SLEAP and sleap-io. */
  slp_suggestions: z.array(z.object({ video: z.literal('0'), frame_idx: z.int(), group: z.int() })),
});
export type Suggestions = z.infer<typeof suggestionsSchema>;
