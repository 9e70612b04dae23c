/**
 * Answers a request for a file: whole or a part of it, or that the client has it already (RFC 9110 §13, §14).
 *
 * A file's size need not be known. It is then found out for a request that cannot be answered without it, one for a part; the whole file is sent
 * at once without telling its length, and a HEAD does not tell it either.
 *
 * With `?redirect=true` a file that lies in a bucket is answered with its address there (307), so that its bytes do not pass through here. Only
 * who asks for it gets that: a bucket has CORS rules and entity tags of its own, and other clients would not expect to be sent elsewhere.
 */
import type { Context } from 'hono';
import type { ByteRange } from '../contract/byte-range.ts';
import { AppError } from '../errors.ts';
import { contentRange, parseByteRange } from './byte-range.ts';
import { byteStream } from './byte-stream.ts';
import { isKnown, mayContinue } from './entity-tag.ts';

export interface SentFile {
  /** Content-Type. */
  type: string;
  /** Content-Disposition. */
  disposition: string;
  /** A strong entity tag, quotes included. */
  etag: string;
  sizeBytes: number | null;
  /** Finds out the size where it is not known. */
  measure?(): Promise<number>;
  /** All bytes, or those of a range. */
  pieces(range?: ByteRange): AsyncIterable<Uint8Array>;
  /** An address where the same can be had for so many seconds, with that type and disposition; null: there is none. */
  presign?(download: { seconds: number; type: string; disposition: string }): Promise<string | null>;
}

/** An address is for the client that asked, at once; a download that has begun goes on after it. */
const ADDRESS_SECONDS = 300;

/** @throws AppError range_not_satisfiable. */
export async function sendFile(c: Context, file: SentFile): Promise<Response> {
  const { etag } = file;
  const isHead = c.req.method === 'HEAD';
  c.header('ETag', etag);
  // The file at this address changes.
  c.header('Cache-Control', 'no-cache');
  c.header('Accept-Ranges', 'bytes');
  if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  const address = isHead ? null : await addressOf(c, file);
  if (address !== null) {
    c.header('Cache-Control', 'no-store');
    return c.redirect(address, 307);
  }
  const asked = !isHead && mayContinue(c.req.header('if-range'), etag) ? c.req.header('range') : undefined;
  const { range, sizeBytes } = await rangeOf(file, asked);
  if (range !== null) c.header('Content-Range', contentRange(range, sizeBytes!));
  if (range === 'unsatisfiable')
    throw new AppError('range_not_satisfiable', `The file has ${sizeBytes} bytes; none of them was asked for.`);
  c.header('Content-Type', file.type);
  c.header('Content-Disposition', file.disposition);
  const lengthBytes = range ? range.last - range.first + 1 : sizeBytes;
  if (lengthBytes !== null) c.header('Content-Length', String(lengthBytes));
  if (isHead) return c.body(null);
  return c.body(byteStream(file.pieces(range ?? undefined)), range ? 206 : 200);
}

async function addressOf(c: Context, { presign, type, disposition }: SentFile): Promise<string | null> {
  if (c.req.query('redirect') !== 'true' || !presign) return null;
  return presign({ seconds: ADDRESS_SECONDS, type, disposition });
}

/** The part that is asked for, null for all; the size is known for a part. */
async function rangeOf(
  { sizeBytes, measure }: SentFile,
  asked: string | undefined,
): Promise<{ range: ByteRange | 'unsatisfiable' | null; sizeBytes: number | null }> {
  // A header that means no part of a file of whatever size.
  const isForAll = parseByteRange(asked, Number.POSITIVE_INFINITY) === null;
  const known = isForAll ? sizeBytes : (sizeBytes ?? (await measure?.()) ?? null);
  return { range: known === null ? null : parseByteRange(asked, known), sizeBytes: known };
}
