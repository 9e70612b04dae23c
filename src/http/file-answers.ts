/** What routes answer that send more than they hold: a file (all, a part, or that the client has it already), and JSON made as it is sent. */
import { z } from '@hono/zod-openapi';
import type { ZodType } from 'zod';
import { file } from './answers.ts';
import { answered } from './headers.ts';

const OF_A_FILE = ['ETag', 'Cache-Control', 'Accept-Ranges', 'Content-Disposition', 'Content-Length'] as const;

/** @param types Content-Type of each shape the file may have. */
export function fileAnswers(description: string, ...types: string[]) {
  return {
    200: { ...file(description, ...types), headers: answered(...OF_A_FILE) },
    206: { ...file('The part that was asked for.', ...types), headers: answered(...OF_A_FILE, 'Content-Range') },
    304: { description: 'The client has this version already.', headers: answered('ETag', 'Cache-Control') },
  };
}

/** The same for a file that may lie in a bucket as it is. */
export function storedFileAnswers(description: string, ...types: string[]) {
  return {
    ...fileAnswers(description, ...types),
    307: {
      description: 'With `redirect=true`: the address of the file in the bucket, which works for five minutes.',
      headers: answered('Location', 'Cache-Control'),
    },
  };
}

/** Of a request for such a file. */
export const storedFileQuery = z.object({
  redirect: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      'true: a file that lies in a bucket (BLOB_STORE=s3) is answered with its address there, others as always.',
    ),
});

/** JSON that a handler streams: what it has said by then is not checked against the schema. */
export function streamedJson(schema: ZodType, description: string) {
  return { description, content: Object.fromEntries([['application/json', { schema }]]) };
}

/** For the description of a route with a file. */
export const AS_A_FILE =
  '`HEAD` gives the headers alone. `Range` gives a part, and with `If-Range` a download that broke off goes on.';
