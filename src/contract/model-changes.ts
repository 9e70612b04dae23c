/** What can be changed of a model: how people call it (`PATCH /api/models/{uid}`, a JSON merge patch, RFC 7396). */
import { z } from 'zod';

/** No control characters: they belong in no list, and Postgres texts hold no NUL. */
export const oneLineSchema = z
  .string()
  .refine(text => !/\p{Cc}/u.test(text), { error: 'must be one line without control characters' });

const MOST_TAGS = 50;

const nameSchema = oneLineSchema.trim().max(200);

const tagsSchema = z
  .array(oneLineSchema.trim().min(1).max(100))
  .overwrite(tags => [...new Set(tags)])
  .max(MOST_TAGS);

export const modelChangesSchema = z
  .strictObject(
    {
      name: nameSchema
        .nullish()
        .describe('What people call it, up to 200 characters; null or "": none. Absent: as it is.'),
      tags: tagsSchema
        .nullish()
        .describe(`All of its tags, at most ${MOST_TAGS}, each 1 to 100 characters; null: none. Absent: as they are.`),
    },
    {
      error: issue =>
        issue.code === 'unrecognized_keys' ? `cannot be changed or is not known: ${issue.keys.join(', ')}` : undefined,
    },
  )
  .meta({ id: 'ModelChanges', description: 'What is to be changed; the rest stays.' });
export type ModelChanges = z.output<typeof modelChangesSchema>;
