/** The files a model can be downloaded as: `GET /api/models/{uid}/files/`. The set of names is closed. */
import { z } from 'zod';

export const MODEL_FILES = {
  'best_model.h5': {
    type: 'application/x-hdf5',
    description: 'The network with its best weights, for Keras and SLEAP.',
  },
  'training_config.json': { type: 'application/json', description: 'The configuration as SLEAP up to 1.4 reads it.' },
  'model.json': { type: 'application/json', description: 'The network as a TensorFlow.js layers model.' },
  'weights.bin': { type: 'application/octet-stream', description: 'The best weights, for model.json.' },
  'config.json': {
    type: 'application/json',
    description: 'Configuration, seed, versions and skeleton; what an import reads.',
  },
  'metrics.json': { type: 'application/json', description: 'The metrics of each epoch and of the best weights.' },
  'training_log.csv': { type: 'text/csv; charset=utf-8', description: 'The training log, a line an epoch.' },
  'model.zip': { type: 'application/zip', description: 'All of these, for POST /api/models.' },
} as const;
export type ModelFileName = keyof typeof MODEL_FILES;

/** Those that only the worker can make; the others are made when they are asked for. */
export type StoredFileName = Extract<ModelFileName, 'best_model.h5' | 'model.json'>;

export const modelFilesSchema = z
  .object({
    files: z
      .array(
        z.object({
          name: z.string().describe('What follows /files/ in its address.'),
          size_bytes: z.int().nullable().describe('Bytes; null: not known before the file is made.'),
          description: z.string().describe('What it is, in a sentence.'),
        }),
      )
      .describe('Those that are there so far.'),
  })
  .meta({ id: 'ModelFiles', description: 'The files a model can be downloaded as.' });
export type ModelFiles = z.infer<typeof modelFilesSchema>;
