/** Signing in for a page, which gets a cookie for a key: what it sends, and how it asks where it stands. */
import { z } from 'zod';

export const signInSchema = z
  .strictObject({
    key: z.string().trim().min(1).describe('One of API_KEYS. Space around it, as pasting leaves it, does not count.'),
  })
  .meta({ id: 'SignIn', description: 'The key that a person has.' });

export const sessionSchema = z
  .object({
    key_needed: z.boolean().describe('false: the service has no API_KEYS, and nobody has to sign in.'),
    signed_in: z.boolean().describe('Whether this request came with a good cookie or key; false where none is needed.'),
  })
  .meta({ id: 'Session', description: 'Where a page stands.' });
export type Session = z.infer<typeof sessionSchema>;
