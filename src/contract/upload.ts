/**
 * A file that is sent ahead of the request that uses it: at once (`POST /api/uploads`), or in pieces by the tus protocol 1.0 at the same address.
 * A request then names its `blob_id` in place of the file: `dataset_blob`, `video_blob` or `model_blob`.
 */
import { z } from 'zod';

export const uploadResourceSchema = z
  .object({
    upload_id: z.uuid().describe('Names the upload.'),
    state: z.enum(['receiving', 'complete']).describe('receiving: more is to come.'),
    blob_id: z
      .uuid()
      .nullable()
      .describe('What a request names in place of the file; null until the upload is complete.'),
    file_name: z.string().nullable().describe('As announced; null: none was.'),
    received_bytes: z.int().min(0).describe('Bytes that have arrived.'),
    length_bytes: z.int().min(0).nullable().describe('Bytes of the whole file, as announced; null: not known yet.'),
    sha256: z.string().nullable().describe('Lower-case hex; null until the upload is complete.'),
    created_at: z.iso.datetime().describe('When it was begun, ISO 8601 in UTC.'),
    expires_at: z.iso.datetime().describe('When it is let go unless a request has used it.'),
  })
  .meta({ id: 'Upload', description: 'A file that is sent ahead of the request that uses it.' });
export type UploadResource = z.infer<typeof uploadResourceSchema>;

/** The newest first, at most 100. */
export const uploadListSchema = z.object({ uploads: z.array(uploadResourceSchema) });
export type UploadList = z.infer<typeof uploadListSchema>;
