/**
 * The body of every error answer: RFC 9457 problem details, plus `code`, `name` and `description`, which clients of the first
 * service read, plus `error`, one of the closed words of src/errors.ts.
 */
import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string().describe('urn:sleap-microservice:error: and the word of `error`.'),
    title: z.string().describe('The HTTP status in words.'),
    status: z.number().int().describe('The HTTP status.'),
    detail: z.string().describe('What is wrong, in a sentence for a person.'),
    instance: z.string().describe('Path of the request.'),
    error: z.string().describe('One of a closed set of words: decide by this one.'),
    remedy: z.string().nullable().describe('What to do about it; null: nothing is known to help.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer (RFC 6901) to the fault, into the body or the query.'),
          detail: z.string().describe('What is wrong with it.'),
        }),
      )
      .describe('The faulty members; empty where no single one is at fault.'),
    code: z.number().int().describe('The HTTP status again, for clients of the first service.'),
    name: z.string().describe('`title` again, for clients of the first service.'),
    description: z.string().describe('`detail` again, for clients of the first service.'),
  })
  .meta({ id: 'Problem', description: 'An error answer (RFC 9457).' });
export type Problem = z.infer<typeof problemSchema>;
