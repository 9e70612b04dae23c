/**
 * The body of every error answer: RFC 9457 problem details, plus `code`, `name` and `description`, which clients of the first
 * service read, plus `error`, one of the closed words of src/errors.ts.
 */
import { z } from 'zod';

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    error: z.string(),
    remedy: z.string().nullable(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    /** The HTTP status again. */
    code: z.number().int(),
    name: z.string(),
    description: z.string(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;
