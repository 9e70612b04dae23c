/**
 * Bodies of requests as the API's description shows them. Those with a file stream and are taken apart by upload-body.ts, the others are small
 * and read by json-body.ts; what is said here is checked by neither, and so has to be kept like them by hand.
 */

import { DATASET_KINDS } from '../contract/archive-kind.ts';
import { datasetOptionsSchema } from '../contract/dataset.ts';
import type { ErrorCode } from '../errors.ts';
import { type SentSchema, sentSchema } from './sent-schema.ts';
import { sentences } from './sentences.ts';

/** What can be wrong with any body that carries a file. */
export const UPLOAD_ERRORS: readonly ErrorCode[] = [
  'invalid_request',
  'not_json',
  'not_base64',
  'payload_too_large',
  'unsupported_media_type',
];

interface File {
  /** The JSON member that holds it in base64, and the usual name of its part in a form. */
  member: string;
  part?: string;
  description: string;
  /** The member that names an upload in its place. */
  blobMember: string;
}

interface Members {
  properties: Record<string, SentSchema>;
  /** In JSON; a form takes file_name from the file part. */
  required?: string[];
  formDescription?: string;
}

const DATASET_FILE: File = {
  member: 'training_dataset',
  description: `The dataset: ${DATASET_KINDS}.`,
  blobMember: 'dataset_blob',
};
const VIDEO_FILE: File = {
  member: 'video_base64',
  part: 'video',
  description: 'The video, in any container and codec that FFmpeg 5.1 decodes; AV1 is not among them.',
  blobMember: 'video_blob',
};
const MODEL_FILE: File = {
  member: 'model_zip',
  description: 'A zip: the model.zip of a model of such a service, or a model folder of SLEAP up to 1.4.',
  blobMember: 'model_blob',
};

const datasetOptions = sentSchema(datasetOptionsSchema).properties;

const NAMED_AS_IT_LIKES =
  'The file part may have any name, but it must have a file name, and be the only one that has.';

const fieldByField = (config: string) =>
  `${config} is a field with JSON; without it each of its members may be a field of its own.`;

/** A named schema of src/contract: component-schemas.ts writes it. */
const component = (name: 'TrainingConfig' | 'InferenceConfig' | 'OverlayConfig'): SentSchema => ({
  $ref: `#/components/schemas/${name}`,
});

export const trainingBody = () =>
  fileBody(DATASET_FILE, {
    properties: {
      training_config: component('TrainingConfig'),
      ...datasetOptions,
      check_id: {
        type: 'string',
        format: 'uuid',
        description: 'In place of the dataset: that of a check, which is kept for a day.',
      },
    },
    required: ['training_config'],
    formDescription: sentences(fieldByField('training_config'), NAMED_AS_IT_LIKES),
  });

export const checkBody = () =>
  fileBody(DATASET_FILE, {
    properties: {
      ...datasetOptions,
      training_config: { description: 'Not looked at: the body of a training may be sent as it is.' },
    },
  });

export const videoBody = () =>
  fileBody(VIDEO_FILE, {
    properties: {
      model_uid: { type: 'string', format: 'uuid', description: 'A model whose training has ended.' },
      file_name: { type: 'string', description: 'Of the video. In a form, that of the file part unless it is given.' },
      inference_config: component('InferenceConfig'),
    },
    required: ['model_uid', 'file_name'],
    formDescription: sentences(fieldByField('inference_config'), NAMED_AS_IT_LIKES),
  });

export const modelBody = () => fileBody(MODEL_FILE, { properties: {} }, 'application/zip');

export const overlayBody = {
  required: false,
  content: {
    'application/json': {
      schema: {
        type: 'object' as const,
        properties: { overlay_config: component('OverlayConfig') },
        additionalProperties: false,
      },
    },
  },
};

export const modelUidBody = {
  required: true,
  content: {
    'application/json': {
      schema: {
        type: 'object' as const,
        properties: { model_uid: { type: 'string' as const, format: 'uuid' } },
        required: ['model_uid'],
      },
    },
  },
};

/** A body in each of the shapes that upload-body.ts takes. @param bareType Content-Type of the file alone, where the route takes that. */
function fileBody(file: File, { properties, required = [], formDescription }: Members, bareType?: string) {
  const { member, part = member, description, blobMember } = file;
  const binary: SentSchema = { type: 'string', format: 'binary', description };
  const base64: SentSchema = {
    type: 'string',
    contentEncoding: 'base64',
    description: sentences(
      description,
      'In base64: the standard or the URL-safe alphabet, with or without padding, white space and a data: prefix.',
    ),
  };
  const blob: SentSchema = {
    type: 'string',
    format: 'uuid',
    description: 'In place of the file: the blob_id of an upload (POST /api/uploads).',
  };
  const inJson: SentSchema = {
    type: 'object',
    properties: { [member]: base64, [blobMember]: blob, ...properties },
    ...(required.length > 0 && { required }),
  };
  const inForm: SentSchema = {
    type: 'object',
    description: formDescription ?? NAMED_AS_IT_LIKES,
    properties: { [part]: binary, [blobMember]: blob, ...properties },
    ...(required.includes('model_uid') && { required: ['model_uid'] }),
  };
  return {
    required: true,
    content: {
      'application/json': { schema: inJson },
      'multipart/form-data': { schema: inForm },
      ...(bareType && { [bareType]: { schema: binary } }),
    },
  };
}
