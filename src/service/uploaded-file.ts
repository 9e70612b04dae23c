/**
 * The file of a request that was sent ahead: the request names its `blob_id` in place of the file. The same is refused of it at the door as of
 * a file that comes with the request, from its first and last bytes as they are stored.
 */
import { eq, or, sql } from 'drizzle-orm';
import type { StoredBlob } from '../blobs/blob-store.ts';
import { FIRST_BYTES } from '../contract/archive-kind.ts';
import type { ByteRange } from '../contract/byte-range.ts';
import { modelUidSchema } from '../contract/model.ts';
import { blobs, uploads } from '../db/schema-bytes.ts';
import { AppError } from '../errors.ts';
import { ZIP_END_MAX_BYTES } from './archive.ts';
import type { ServiceContext } from './context.ts';
import { checkAtDoor, type IncomingFile, isArchive, type UploadKind } from './upload.ts';

export interface UploadedFile extends IncomingFile {
  /** As it was called when it was sent. */
  fileName: string | null;
}

/** @param member of the request that names it. @throws AppError not_found; upload_incomplete; invalid_request. */
export async function findUploadedFile(
  ctx: ServiceContext,
  kind: UploadKind,
  { member, blobId }: { member: string; blobId: unknown },
): Promise<UploadedFile> {
  const parsed = modelUidSchema.safeParse(blobId);
  if (!parsed.success)
    throw new AppError('invalid_request', `"${member}" must be the blob_id of an upload.`, {
      remedy: 'Send the file to POST /api/uploads, which answers with its blob_id.',
      errors: [{ pointer: `/${member}`, detail: 'a UUID is required' }],
    });
  const id = parsed.data.toLowerCase();
  const found = await ctx.client.db
    .select({ upload: uploads, sha256: blobs.sha256, sizeBytes: blobs.sizeBytes })
    .from(uploads)
    .innerJoin(blobs, eq(blobs.id, uploads.blobId))
    .where(or(eq(uploads.blobId, id), eq(uploads.id, id)))
    .orderBy(sql`${uploads.completedAt} desc nulls last`);
  const named = found.find(({ upload }) => upload.blobId === id && upload.completedAt !== null);
  if (!named) throw unusable(member, id, found[0]?.upload);
  // What is handed out now is spared by the collector until the reference is written.
  await ctx.client.db.update(blobs).set({ touchedAt: sql`now()` }).where(eq(blobs.id, id));
  const blob = { id, sha256: named.sha256!, sizeBytes: named.sizeBytes };
  return {
    fileName: named.upload.fileName,
    finish: async () => {
      const { sizeBytes } = blob;
      const start = await readPart(ctx, blob, { first: 0, last: FIRST_BYTES - 1 });
      const lastBytes = { first: Math.max(0, sizeBytes - ZIP_END_MAX_BYTES), last: sizeBytes - 1 };
      const end = isArchive(kind) ? await readPart(ctx, blob, lastBytes) : new Uint8Array(0);
      checkAtDoor(kind, { start, end, sizeBytes });
      return blob;
    },
    abort: async () => {},
  };
}

/** The bytes of a range that the blob has. */
async function readPart(ctx: ServiceContext, blob: StoredBlob, range: ByteRange): Promise<Uint8Array> {
  const lengthBytes = Math.max(0, Math.min(range.last + 1, blob.sizeBytes) - range.first);
  const part = new Uint8Array(lengthBytes);
  let at = 0;
  if (lengthBytes > 0)
    for await (const bytes of ctx.blobs.read(blob.id, range)) {
      part.set(bytes, at);
      at += bytes.length;
    }
  return part;
}

function unusable(member: string, id: string, upload: typeof uploads.$inferSelect | undefined): AppError {
  const errors = [{ pointer: `/${member}`, detail: 'names no complete upload' }];
  if (!upload)
    return new AppError('not_found', `No upload has the blob ${id}: "${member}".`, {
      remedy: 'It may have expired: send the file again to POST /api/uploads, and name the blob_id of the answer.',
      errors,
    });
  if (upload.completedAt)
    return new AppError('not_found', `"${member}" is the upload_id ${id}, where a blob_id belongs.`, {
      remedy: `Name its blob_id: ${upload.blobId}.`,
      errors,
    });
  const { receivedBytes, lengthBytes } = upload;
  return new AppError(
    'upload_incomplete',
    `Upload ${upload.id} is not complete: ${receivedBytes} of ${lengthBytes ?? 'an unknown number of'} bytes have arrived.`,
    { remedy: 'Send the rest of it first.', errors },
  );
}
