/** Lists come in pages: each names the cursor of the next, which is opaque and only good for the same filters and order. */
import { z } from 'zod';

/** Refuses a parameter it does not know: a misspelt filter would otherwise list everything. */
export const pageQuerySchema = z.strictObject(
  {
    limit: z.coerce.number().int().min(1).max(500).default(100).describe('Entries a page, 1 to 500.'),
    cursor: z.string().max(2000).optional().describe('next_cursor of the page before; absent: the first page.'),
  },
  { error: issue => (issue.code === 'unrecognized_keys' ? `not known here: ${issue.keys.join(', ')}` : undefined) },
);
export type PageQuery = z.output<typeof pageQuerySchema>;

export const nextCursorSchema = z.string().nullable().describe('For the next page; null: this is the last one.');
