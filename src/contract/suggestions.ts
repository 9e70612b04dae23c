/** `GET /api/inferences/{id}/suggestions`: the frames of a video that are worth labelling next. */
import { z } from 'zod';

const suggestionSchema = z.object({
  frame: z.int().describe('Its number in the video, counted from 0.'),
  time: z.number().nullable().describe('Seconds since the start of the video; null: not known.'),
  reason: z
    .enum(['low_score', 'jump', 'spread'])
    .describe(
      'low_score: the network was unsure; jump: a keypoint leaves its path; spread: from the time that is left.',
    ),
  score: z.number().describe('Mean score of the keypoints.'),
  jump_px: z
    .number()
    .nullable()
    .describe('Px by which a keypoint leaves the path between the frames beside it; null: it has no such neighbours.'),
});

export const suggestionsSchema = z
  .object({
    results_id: z.int().describe('The inference.'),
    model_uid: z.uuid().describe('The model it was done with.'),
    file_name: z.string().describe('Name of the video, as it was sent.'),
    frames_stored: z.int().describe('Frames whose predictions were there to choose from.'),
    suggestions: z.array(suggestionSchema).describe('In the order of the video.'),
    slp_suggestions: z
      .array(
        z.object({
          video: z.literal('0').describe('The first video of the file.'),
          frame_idx: z.int().describe('Number of the frame, counted from 0.'),
          group: z.int().describe('Always 0.'),
        }),
      )
      .describe('The same as a .slp file lists them (suggestions_json), for SLEAP and sleap-io.'),
  })
  .meta({ id: 'Suggestions', description: 'Frames of a video that are worth labelling next.' });
export type Suggestions = z.infer<typeof suggestionsSchema>;
