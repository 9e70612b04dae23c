/** The Idempotency-Key of a request, and what makes two requests the same: method, path, members, and the content of the file. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Context } from 'hono';
import { AppError } from '../errors.ts';
import type { Idempotency } from '../service/idempotency.ts';

export const LONGEST_KEY = 255;

/**
 * @param members of the body, whatever their order. @param fileSha256 of its file; null: it has none.
 * @returns null: the request has no key. @throws AppError invalid_request for a key that is empty or too long.
 */
export function idempotencyOf(c: Context, members: unknown, fileSha256: string | null): Idempotency | null {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return null;
  if (key.trim() === '' || key.length > LONGEST_KEY)
    throw new AppError('invalid_request', `The Idempotency-Key is empty or longer than ${LONGEST_KEY} characters.`, {
      remedy: 'Send something that is unique for this request, such as a UUID.',
    });
  const said = JSON.stringify([sorted(members), fileSha256]);
  return { scope: `${c.req.method} ${c.req.path}`, key, fingerprint: bytesToHex(sha256(utf8ToBytes(said))) };
}

/** The answer of an earlier request says so. */
export function markReplayed(c: Context, replayed: boolean): void {
  if (replayed) c.header('Idempotency-Replayed', 'true');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
