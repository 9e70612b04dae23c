/**
 * Receiving an upload in pieces, as tus 1.0 has it: each piece begins where the one before ended. What has arrived stays when the connection
 * breaks, but for a piece with a checksum, which counts as a whole or not at all. Nothing is held in memory beyond a chunk of the store.
 */
import { and, eq, isNull } from 'drizzle-orm';
import type { BlobWriter } from '../blobs/blob-store.ts';
import { uploads } from '../db/schema-bytes.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';
import { type Hold, holdUpload, uploadTaken } from './held-uploads.ts';
import { cutShort, incomingBytes } from './incoming-bytes.ts';
import { refuseTooLarge } from './upload.ts';
import type { PieceChecksum } from './upload-checksum.ts';
import { expiryOf, findUpload, type UploadRow } from './uploads.ts';

/** A client that is silent for longer is gone. */
const SILENCE_SECONDS = 60;
/** How often a long piece says how far it is, and puts the end of its upload off. */
const NOTE_EVERY_MS = 5000;

export interface Piece {
  offsetBytes: number;
  /** How much is to come; null: that is not said. */
  announcedBytes: number | null;
  /** Of the whole upload, where the client says so now. */
  lengthBytes: number | null;
  checksum: PieceChecksum | null;
  /** Not asked for when the piece is refused: a server can let go of a body that nobody has begun to read. */
  open(): ReadableStream<Uint8Array> | null;
}

/** Where an upload stands. */
export interface Standing {
  offsetBytes: number;
  lengthBytes: number | null;
  fileName: string | null;
  expiresAt: Date;
}

/** Where to go on. Ends a request that is still sending, so that this stays true. @throws AppError not_found; upload_expired. */
export async function standingOf(ctx: ServiceContext, uploadId: string | undefined): Promise<Standing> {
  return holding(ctx, uploadId, async upload => {
    if (upload.completedAt) return standing(upload, upload.receivedBytes);
    const writer = await ctx.blobs.resume(upload.blobId, 'as-it-comes');
    return settle(ctx, upload, writer);
  });
}

/**
 * Appends a piece; the upload is complete with its last byte.
 * @throws AppError not_found; upload_expired; upload_offset_wrong; upload_is_busy when another request takes over; upload_incomplete when
 * the connection breaks; checksum_wrong; payload_too_large; invalid_request for another length than was said before.
 */
export async function receivePiece(ctx: ServiceContext, uploadId: string | undefined, piece: Piece): Promise<Standing> {
  return holding(ctx, uploadId, async (found, hold) => {
    const upload = { ...found, lengthBytes: agreedLength(found, piece) };
    refuseTooLarge('file', upload.lengthBytes ?? 0, ctx.config.MAX_UPLOAD_BYTES);
    if (upload.completedAt) {
      requireOffset(piece, upload.receivedBytes);
      requireRoom(upload, piece.offsetBytes + (piece.announcedBytes ?? 0));
      return standing(upload, upload.receivedBytes);
    }
    const writer = await ctx.blobs.resume(upload.blobId, piece.checksum ? 'at-the-end' : 'as-it-comes');
    try {
      requireOffset(piece, writer.sizeBytes);
      requireRoom(upload, piece.offsetBytes + (piece.announcedBytes ?? 0));
      refuseTooLarge('file', piece.offsetBytes + (piece.announcedBytes ?? 0), ctx.config.MAX_UPLOAD_BYTES);
    } catch (error) {
      await writer.suspend();
      throw error;
    }
    return append(ctx, { upload, piece, writer, hold });
  });
}

interface Appending {
  upload: UploadRow;
  piece: Piece;
  writer: BlobWriter;
  hold: Hold;
}

async function append(ctx: ServiceContext, appending: Appending): Promise<Standing> {
  const { upload, piece, writer } = appending;
  let stopped: AppError | null;
  try {
    stopped = await copyInto(ctx, appending);
    if (stopped && piece.checksum) throw stopped;
    piece.checksum?.check();
  } catch (error) {
    await writer.revert();
    throw error;
  }
  const now = await settle(ctx, { ...upload, expiresAt: expiryOf(ctx) }, writer);
  if (stopped) throw stopped;
  return now;
}

/** @returns why the body ended early, where what was written before is to be kept; null: it did not. */
async function copyInto(ctx: ServiceContext, { upload, piece, writer, hold }: Appending): Promise<AppError | null> {
  let notedAt = Date.now();
  const patience = { signal: hold.signal, silenceSeconds: SILENCE_SECONDS };
  const body = piece.open();
  try {
    for await (const bytes of body ? incomingBytes(body, patience) : []) {
      const end = writer.sizeBytes + bytes.length;
      requireRoom(upload, end);
      refuseTooLarge('file', end, ctx.config.MAX_UPLOAD_BYTES);
      piece.checksum?.update(bytes);
      await writer.write(bytes);
      if (Date.now() - notedAt < NOTE_EVERY_MS) continue;
      notedAt = Date.now();
      // A piece with a checksum does not count before it is there.
      const countedBytes = piece.checksum ? piece.offsetBytes : writer.sizeBytes;
      await note(ctx, { ...upload, expiresAt: expiryOf(ctx) }, countedBytes);
    }
  } catch (error) {
    // The client is gone, not the store.
    if (error instanceof AppError && error.code === 'upload_incomplete') return error;
    throw error;
  }
  if (hold.signal.aborted) return uploadTaken();
  const missing = (piece.announcedBytes ?? 0) - (writer.sizeBytes - piece.offsetBytes);
  return missing > 0 ? cutShort(`${missing} of the ${piece.announcedBytes} bytes of the piece are missing.`) : null;
}

/** Makes durable what was written; with its last byte the upload is complete. */
async function settle(ctx: ServiceContext, upload: UploadRow, writer: BlobWriter): Promise<Standing> {
  const { sizeBytes } = writer;
  if (sizeBytes !== upload.lengthBytes) await writer.suspend();
  await note(ctx, upload, sizeBytes);
  if (sizeBytes === upload.lengthBytes) await writer.seal();
  return standing(upload, sizeBytes);
}

/** Another process may have completed the upload meanwhile, or been told its length: both stay. */
async function note({ client: { db } }: ServiceContext, upload: UploadRow, receivedBytes: number): Promise<void> {
  const { id, lengthBytes, expiresAt } = upload;
  await db
    .update(uploads)
    .set({ receivedBytes, expiresAt, ...(lengthBytes !== null && { lengthBytes }) })
    .where(and(eq(uploads.id, id), isNull(uploads.completedAt)));
}

async function holding<T>(
  ctx: ServiceContext,
  uploadId: string | undefined,
  work: (upload: UploadRow, hold: Hold) => Promise<T>,
): Promise<T> {
  const hold = await holdUpload(ctx.blobs, requireUuid(uploadId, 'upload_id'));
  try {
    return await work(await findUpload(ctx, uploadId), hold);
  } finally {
    hold.release();
  }
}

function standing({ lengthBytes, fileName, expiresAt }: UploadRow, offsetBytes: number): Standing {
  return { offsetBytes, lengthBytes, fileName, expiresAt };
}

function agreedLength(upload: UploadRow, { lengthBytes }: Piece): number | null {
  if (lengthBytes === null || lengthBytes === upload.lengthBytes) return upload.lengthBytes;
  if (upload.lengthBytes === null && lengthBytes >= upload.receivedBytes) return lengthBytes;
  throw new AppError('invalid_request', `Upload-Length is ${lengthBytes}, which does not fit what came before.`, {
    remedy: `Upload ${upload.id} has ${upload.receivedBytes} of ${upload.lengthBytes ?? 'an unknown number of'} bytes.`,
  });
}

function requireOffset({ offsetBytes }: Piece, sizeBytes: number): void {
  if (offsetBytes === sizeBytes) return;
  throw new AppError(
    'upload_offset_wrong',
    `The piece begins at byte ${offsetBytes}, and the upload ends at ${sizeBytes}.`,
    {
      remedy: `Go on at byte ${sizeBytes}.`,
    },
  );
}

function requireRoom({ lengthBytes }: UploadRow, end: number): void {
  if (lengthBytes === null || end <= lengthBytes) return;
  throw new AppError('payload_too_large', `The piece reaches byte ${end} of an upload of ${lengthBytes} bytes.`, {
    remedy: 'Send no more than was announced as Upload-Length.',
  });
}
