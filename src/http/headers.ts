/** Headers of requests and answers as the API's description shows them. What they do is in idempotency.ts, prefer.ts and send-file.ts. */
import { z } from '@hono/zod-openapi';
import { LONGEST_KEY } from './idempotency.ts';
import { MOST_WAIT_SECONDS } from './prefer.ts';
import { sentences } from './sentences.ts';

const idempotencyKey = z
  .string()
  .optional()
  .meta({
    maxLength: LONGEST_KEY,
    description: sentences(
      'Unique for this request, such as a UUID.',
      'The same request with the same key is answered as the first time and does nothing again, for a day.',
    ),
  });

function prefer(what: string) {
  return z
    .string()
    .optional()
    .meta({
      examples: ['wait=30'],
      description: `\`wait=n\`: ${what} At most ${MOST_WAIT_SECONDS} seconds (RFC 7240).`,
    });
}

/** Of a request that creates something and queues a task for it. */
export const submissionHeaders = z.object({
  'Idempotency-Key': idempotencyKey,
  Prefer: prefer(
    'the answer is held until the task has ended, n seconds at most, and then has `state` and `error` too.',
  ),
});

/** Of a request whose answer waits anyway. */
export const waitingHeaders = z.object({
  'Idempotency-Key': idempotencyKey,
  Prefer: prefer('the answer is held for the report n seconds at most; 60 where nothing is said.'),
});

/** Of a request for a file. */
export const fileHeaders = z.object({
  'If-None-Match': z
    .string()
    .optional()
    .meta({ description: 'The ETag that the client has; 304 if it is still that.' }),
  Range: z
    .string()
    .optional()
    .meta({
      examples: ['bytes=0-1023'],
      description: 'One part of the file, in bytes (RFC 9110 §14).',
    }),
  'If-Range': z
    .string()
    .optional()
    .meta({ description: 'The ETag of which a part is wanted; of another file all is sent.' }),
});

const ANSWERED = {
  Location: 'Where what was created is.',
  ETag: 'The version of the file, a strong entity tag.',
  'Content-Disposition': 'The name to save it as.',
  'Content-Length': 'Left out where the length is not known before the file is made.',
  'Content-Range': 'Which bytes these are, and how many there are.',
  'Accept-Ranges': '`bytes`.',
  'Cache-Control': 'How long the answer stays as it is.',
  'Idempotency-Replayed': '`true`: the answer of an earlier request with this Idempotency-Key; nothing was done.',
  'Preference-Applied': '`wait=n` as it was kept to; absent where none was asked for.',
} as const;

/** Headers of an answer. */
export function answered(...names: (keyof typeof ANSWERED)[]) {
  return Object.fromEntries(
    names.map(name => [name, { description: ANSWERED[name], schema: { type: 'string' as const } }]),
  );
}

/** Those of an answer to a submission. */
export const submissionAnswered = (...names: (keyof typeof ANSWERED)[]) =>
  answered(...names, 'Idempotency-Replayed', 'Preference-Applied');
