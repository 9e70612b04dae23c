/**
 * JSON that says which version it is: a strong entity tag over its bytes (RFC 9110 §8.8.3), so that whoever asks every few seconds gets a 304
 * without a body while nothing changed. Hono's own etag() reads the body of any answer back before it goes out, which a stream must not
 * suffer; here the text is in hand before there is an answer. A HEAD gets the same headers: Hono runs the GET and leaves the body out.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Context, TypedResponse } from 'hono';
import type { JSONParsed } from 'hono/utils/types';
import { isKnown } from './entity-tag.ts';

const utf8 = new TextEncoder();
const SMALL_BYTES = 4096;

/** Hono learns the type of an answer from c.json(), which would write the JSON a second time. */
type JsonAnswer<T> = Response & TypedResponse<JSONParsed<T>, 200, 'json'>;

/** @returns 200 with the value, or 304 for a client that has it already (If-None-Match). Typed as the 200, which is what routes describe. */
export async function taggedJson<T>(c: Context, value: T): Promise<JsonAnswer<T>> {
  const text = JSON.stringify(value);
  const bytes = utf8.encode(text);
  const etag = await entityTag(bytes);
  c.header('ETag', etag);
  // It may be kept, and must be asked for again each time.
  c.header('Cache-Control', 'no-cache');
  if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304) as Response as JsonAnswer<T>;
  c.header('Content-Type', 'application/json');
  c.header('Content-Length', String(bytes.length));
  return c.body(text) as Response as JsonAnswer<T>;
}

/** The first 128 bits of the sha256: two versions never share it. */
async function entityTag(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // The runtime's own is faster by the byte, but sends every piece of work to another thread, which a small one is not worth.
  const digest =
    bytes.length <= SMALL_BYTES ? sha256(bytes) : new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `"${bytesToHex(digest.subarray(0, 16))}"`;
}
