/**
 * Uploads that survive a broken connection, by the tus protocol 1.0.0 (tus.io/protocols/resumable-upload) with its extensions creation,
 * creation-with-upload, creation-defer-length, termination, checksum and expiration; not concatenation, since a blob is appended to.
 *
 * A handler of our own: @tus/server 2.4 is well kept, but its handlers and stores are made of node:stream, node:events and node:http, it comes
 * with fourteen packages, and its lock is held for as long as a request lasts. Of the metadata only the file's name is kept.
 */
import type { Context } from 'hono';
import { AppError } from '../errors.ts';
import type { ServiceContext } from '../service/context.ts';
import { type Piece, receivePiece, type Standing, standingOf } from '../service/upload-pieces.ts';
import { createUpload, deleteUpload, findUpload } from '../service/uploads.ts';
import { idempotencyOf, markReplayed } from './idempotency.ts';
import * as headers from './tus-headers.ts';

/** What the service can do. A browser's preflight is answered before (CORS_ORIGINS). */
export function describeTus(ctx: ServiceContext, c: Context): Response {
  headers.sayAbilities(c, ctx.config.MAX_UPLOAD_BYTES);
  return c.body(null, 204);
}

/** POST: begins an upload; its first piece may come along. */
export async function beginUpload(ctx: ServiceContext, c: Context): Promise<Response> {
  headers.requireVersion(c);
  const lengthBytes = headers.lengthOfNew(c);
  const fileName = headers.fileNameIn(c);
  const piece = headers.isPiece(c) ? pieceOf(c, 0) : null;
  const idempotency = idempotencyOf(c, { tus: { lengthBytes, fileName } }, null);
  const { answer, replayed } = await createUpload(ctx, { lengthBytes, fileName }, idempotency);
  markReplayed(c, replayed);
  const { uploadId } = answer;
  // A piece that comes again is left unread: the client goes on where the upload ends.
  if (replayed && piece) c.header('Connection', 'close');
  // A piece of no bytes completes an upload of no bytes.
  const first = piece ?? (lengthBytes === 0 ? EMPTY_PIECE : null);
  const standing = replayed
    ? await standingOf(ctx, uploadId)
    : await receiveFirst(ctx, uploadId, first, idempotency !== null);
  headers.sayStanding(c, standing);
  return c.body(null, 201, { Location: `/api/uploads/${uploadId}` });
}

const EMPTY_PIECE: Piece = { offsetBytes: 0, announcedBytes: 0, lengthBytes: null, checksum: null, open: () => null };

/**
 * Nobody has learned the address of an upload whose first piece was refused, so it goes; under an Idempotency-Key the same request
 * learns it when it comes again, and goes on where the upload ends.
 */
async function receiveFirst(
  ctx: ServiceContext,
  uploadId: string,
  first: Piece | null,
  mayComeAgain: boolean,
): Promise<Standing> {
  if (first === null) return { ...(await findUpload(ctx, uploadId)), offsetBytes: 0 };
  try {
    return await receivePiece(ctx, uploadId, first);
  } catch (error) {
    if (!mayComeAgain) await deleteUpload(ctx, uploadId);
    throw error;
  }
}

/** HEAD: where to go on. */
export async function tellOffset(ctx: ServiceContext, c: Context): Promise<Response> {
  headers.requireVersion(c);
  c.header('Cache-Control', 'no-store');
  const standing = await standingOf(ctx, c.req.param('id'));
  headers.sayStanding(c, standing);
  headers.sayWhole(c, standing);
  return c.body(null, 200);
}

/** PATCH: a piece. */
export async function appendPiece(ctx: ServiceContext, c: Context): Promise<Response> {
  headers.requireVersion(c);
  headers.requirePieceType(c);
  const offsetBytes = headers.countIn(c, 'Upload-Offset');
  if (offsetBytes === null) {
    throw new AppError('invalid_request', 'The header Upload-Offset is missing.', {
      remedy: 'Say at which byte of the file the piece begins.',
    });
  }
  try {
    headers.sayStanding(c, await receivePiece(ctx, c.req.param('id'), pieceOf(c, offsetBytes)));
  } catch (error) {
    // What is left of the body stays unread, so that nobody should wait for this connection to be of use again.
    c.header('Connection', 'close');
    throw error;
  }
  return c.body(null, 204);
}

/** DELETE: ends an upload, by tus or not. */
export async function endUpload(ctx: ServiceContext, c: Context): Promise<Response> {
  if (c.req.header('tus-resumable') !== undefined) headers.requireVersion(c);
  await deleteUpload(ctx, c.req.param('id'));
  return c.body(null, 204);
}

const OVERRIDES = new Map([
  ['HEAD', tellOffset],
  ['PATCH', appendPiece],
  ['DELETE', endUpload],
]);

/** POST to an upload: what X-HTTP-Method-Override says, for clients and proxies that know no PATCH. */
export async function obeyOverride(ctx: ServiceContext, c: Context): Promise<Response> {
  const method = c.req.header('x-http-method-override')?.trim().toUpperCase() ?? '';
  const handler = OVERRIDES.get(method);
  if (handler) return handler(ctx, c);
  throw new AppError('not_found', `There is no POST ${c.req.path}.`, {
    remedy: 'Send PATCH, or POST with X-HTTP-Method-Override: PATCH.',
  });
}

function pieceOf(c: Context, offsetBytes: number): Piece {
  return {
    offsetBytes,
    announcedBytes: headers.countIn(c, 'Content-Length'),
    lengthBytes: headers.countIn(c, 'Upload-Length'),
    checksum: headers.checksumIn(c),
    open: () => c.req.raw.body,
  };
}
