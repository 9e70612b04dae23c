/** The files that predictions can be downloaded as: `GET /api/inferences/{id}/<name>`. The set of names is closed. */
import { z } from 'zod';

export const PREDICTION_FILES = {
  'predictions.json': {
    type: 'application/json',
    description: 'Every frame with its time, its score and its keypoints; one JSON object.',
  },
  'predictions.ndjson': {
    type: 'application/x-ndjson',
    description: 'The same, a JSON object a line, for programs that read as it comes.',
  },
  'predictions.csv': {
    type: 'text/csv; charset=utf-8',
    description: "SLEAP's analysis CSV: a row for each frame with a detection.",
  },
  'predictions.slp': {
    type: 'application/x-hdf5',
    description: 'Predicted instances for SLEAP, to look at and to correct.',
  },
  'predictions.analysis.h5': {
    type: 'application/x-hdf5',
    description: "SLEAP's analysis file: tracks and scores as arrays, for MATLAB and Python.",
  },
  'predictions.dlc.csv': {
    type: 'text/csv; charset=utf-8',
    description: 'The table of DeepLabCut: x, y and likelihood of every frame.',
  },
  'predictions.coco.json': {
    type: 'application/json',
    description: 'COCO keypoints: an image for every frame, an annotation for each with a detection.',
  },
} as const;
export type PredictionFileName = keyof typeof PREDICTION_FILES;

/** `GET /api/inferences/{id}/predictions`. */
export const predictionFilesSchema = z
  .object({
    files: z
      .array(
        z.object({
          name: z.string().describe('Such as predictions.csv.'),
          type: z.string().describe('Content-Type.'),
          description: z.string().describe('What it is, in a sentence.'),
          url: z.string().describe('Path on this server.'),
          size_bytes: z
            .int()
            .nullable()
            .describe('Bytes of what is stored so far; null: not known before the file is made.'),
        }),
      )
      .describe('One for each format.'),
  })
  .meta({ id: 'PredictionFiles', description: 'The files that predictions can be downloaded as.' });
export type PredictionFiles = z.infer<typeof predictionFilesSchema>;
