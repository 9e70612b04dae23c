/**
 * The headers of the tus protocol 1.0.0 (tus.io/protocols/resumable-upload): what a request says in them, and what an answer has to say.
 * A header that makes no sense is invalid_request, with the header's name in the sentence.
 */
import type { Context } from 'hono';
import { AppError } from '../errors.ts';
import { CHECKSUM_ALGORITHMS, PieceChecksum } from '../service/upload-checksum.ts';
import type { Standing } from '../service/upload-pieces.ts';

const VERSION = '1.0.0';
const EXTENSIONS = 'creation,creation-with-upload,creation-defer-length,termination,checksum,expiration';
/** Whole numbers up to 2^53, beyond which a double skips some. */
const COUNT = /^\d{1,15}$/;
export const PIECE_TYPE = 'application/offset+octet-stream';

/** What the service can do, for an OPTIONS request. */
export function sayAbilities(c: Context, mostBytes: number): void {
  c.header('Tus-Resumable', VERSION);
  c.header('Tus-Version', VERSION);
  c.header('Tus-Extension', EXTENSIONS);
  c.header('Tus-Max-Size', String(mostBytes));
  c.header('Tus-Checksum-Algorithm', CHECKSUM_ALGORITHMS.join(','));
}

/** Every answer says the version, errors included. @throws AppError tus_version_unsupported. */
export function requireVersion(c: Context): void {
  c.header('Tus-Resumable', VERSION);
  const asked = c.req.header('tus-resumable');
  if (asked === VERSION) return;
  c.header('Tus-Version', VERSION);
  throw new AppError(
    'tus_version_unsupported',
    asked === undefined ? 'The header Tus-Resumable is missing.' : `Version ${asked.slice(0, 20)} of tus is not known.`,
    { remedy: `Send Tus-Resumable: ${VERSION}.` },
  );
}

/** Where an upload stands. */
export function sayStanding(c: Context, { offsetBytes, expiresAt }: Standing): void {
  c.header('Upload-Offset', String(offsetBytes));
  c.header('Upload-Expires', expiresAt.toUTCString());
}

/** What only HEAD tells: the length, and the name that came with the upload. */
export function sayWhole(c: Context, { lengthBytes, fileName }: Standing): void {
  if (lengthBytes === null) c.header('Upload-Defer-Length', '1');
  else c.header('Upload-Length', String(lengthBytes));
  if (fileName === null) return;
  const utf8 = String.fromCharCode(...new TextEncoder().encode(fileName));
  c.header('Upload-Metadata', utf8 === '' ? 'filename' : `filename ${btoa(utf8)}`);
}

/** A number of bytes in a header. @returns null: the header is not there. @throws AppError invalid_request. */
export function countIn(c: Context, name: string): number | null {
  const text = c.req.header(name)?.trim();
  if (text === undefined) return null;
  if (COUNT.test(text)) return Number(text);
  throw new AppError('invalid_request', `${name} is no number of bytes: "${text.slice(0, 40)}".`);
}

/** @returns null: it will be said later. @throws AppError invalid_request. */
export function lengthOfNew(c: Context): number | null {
  const lengthBytes = countIn(c, 'Upload-Length');
  const isDeferred = c.req.header('upload-defer-length')?.trim();
  if ((lengthBytes === null) === (isDeferred === '1') && (isDeferred === undefined || isDeferred === '1'))
    return lengthBytes;
  throw new AppError('invalid_request', 'An upload has either an Upload-Length or Upload-Defer-Length: 1.', {
    remedy:
      'Send the length of the file in bytes as Upload-Length, or Upload-Defer-Length: 1 where it is not known yet.',
  });
}

/** The name of the file in Upload-Metadata, `key base64,key base64`; as `filename`, which clients use, or as `name`. */
export function fileNameIn(c: Context): string | null {
  const pairs = (c.req.header('upload-metadata') ?? '').split(',').map(pair => pair.trim().split(/ +/));
  const named = ['filename', 'name'].flatMap(key => pairs.find(([name]) => name === key) ?? [])[1];
  if (named === undefined) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(named), char => char.charCodeAt(0)));
  } catch (cause) {
    throw new AppError('invalid_request', 'The file name in Upload-Metadata is not UTF-8 in base64.', { cause });
  }
}

export function checksumIn(c: Context): PieceChecksum | null {
  const header = c.req.header('upload-checksum');
  return header === undefined ? null : new PieceChecksum(header);
}

/** @throws AppError unsupported_media_type. */
export function requirePieceType(c: Context): void {
  if (isPiece(c)) return;
  throw new AppError('unsupported_media_type', `The Content-Type is ${c.req.header('content-type') ?? 'missing'}.`, {
    remedy: `Send a piece as ${PIECE_TYPE}.`,
  });
}

export function isPiece(c: Context): boolean {
  return (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase() === PIECE_TYPE;
}
