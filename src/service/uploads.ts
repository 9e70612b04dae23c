/**
 * Uploads as resources: files that were sent ahead of the request that uses them. A complete one names a blob, which is handed on by
 * uploaded-file.ts; the pieces of one that is not are received by upload-pieces.ts. An upload is kept for UPLOAD_HOURS after its last piece;
 * the blob of a complete one stays for as long as anything else uses it.
 */
import { desc, eq, sql } from 'drizzle-orm';
import type { StoredBlob } from '../blobs/blob-store.ts';
import { dropBlob } from '../blobs/collect.ts';
import type { UploadResource } from '../contract/upload.ts';
import type { Database, Executor } from '../db/client.ts';
import { blobs, uploads } from '../db/schema-bytes.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';
import { holdUpload } from './held-uploads.ts';
import { type Answered, answerOnce, type Idempotency } from './idempotency.ts';
import { refuseTooLarge } from './upload.ts';

const LISTED_UPLOADS = 100;
const LONGEST_NAME = 500;

export type UploadRow = typeof uploads.$inferSelect;

/** When an upload ends whose last piece arrived now. */
export function expiryOf({ config }: ServiceContext): Date {
  return new Date(Date.now() + config.UPLOAD_HOURS * 3_600_000);
}

/**
 * An upload of which nothing has arrived. @param lengthBytes null: not known yet.
 * @throws AppError payload_too_large; idempotency_key_reused.
 */
export async function createUpload(
  ctx: ServiceContext,
  { lengthBytes, fileName }: { lengthBytes: number | null; fileName: string | null },
  idempotency: Idempotency | null,
): Promise<Answered<{ uploadId: string }>> {
  refuseTooLarge('file', lengthBytes ?? 0, ctx.config.MAX_UPLOAD_BYTES);
  return answerOnce(
    ctx,
    idempotency,
    async () => {
      const writer = await ctx.blobs.create();
      await writer.suspend();
      return writer.id;
    },
    async (tx, blobId) => {
      const values = { blobId, fileName: cleanName(fileName), lengthBytes, expiresAt: expiryOf(ctx) };
      const [upload] = await tx.insert(uploads).values(values).returning();
      return { uploadId: upload!.id };
    },
  );
}

/** The upload of a file that arrived as a whole. @throws AppError idempotency_key_reused. */
export async function addCompleteUpload(
  ctx: ServiceContext,
  { file, fileName }: { file: StoredBlob; fileName: string | null },
  idempotency: Idempotency | null,
): Promise<Answered<UploadResource>> {
  return answerOnce(
    ctx,
    idempotency,
    async () => {},
    async tx => {
      const { id: blobId, sizeBytes } = file;
      const sizes = { lengthBytes: sizeBytes, receivedBytes: sizeBytes };
      const times = { completedAt: sql`now()`, expiresAt: expiryOf(ctx) };
      const values = { blobId, fileName: cleanName(fileName), ...sizes, ...times };
      const [upload] = await tx.insert(uploads).values(values).returning();
      return asResource(upload!, file.sha256);
    },
  );
}

/** @throws AppError not_found; upload_expired. */
export async function readUpload(ctx: ServiceContext, uploadId: string | undefined): Promise<UploadResource> {
  const upload = await findUpload(ctx, uploadId);
  const [blob] = await ctx.client.db.select({ sha256: blobs.sha256 }).from(blobs).where(eq(blobs.id, upload.blobId));
  return asResource(upload, blob?.sha256 ?? null);
}

/** The newest first, at most 100. */
export async function listUploads({ client: { db } }: ServiceContext): Promise<UploadResource[]> {
  const rows = await db
    .select({ upload: uploads, sha256: blobs.sha256 })
    .from(uploads)
    .innerJoin(blobs, eq(blobs.id, uploads.blobId))
    .where(sql`${uploads.expiresAt} > now()`)
    .orderBy(desc(uploads.createdAt), desc(uploads.id))
    .limit(LISTED_UPLOADS);
  return rows.map(({ upload, sha256 }) => asResource(upload, sha256));
}

/** Ends an upload, whoever is sending to it. What uses its blob keeps it. @throws AppError not_found. */
export async function deleteUpload(ctx: ServiceContext, uploadId: string | undefined): Promise<void> {
  const id = requireUuid(uploadId, 'upload_id');
  const hold = await holdUpload(ctx.blobs, id);
  try {
    const blobIds = await deleteWhere(ctx.client.db, sql`id = ${id}`);
    if (blobIds.length === 0) throw unknownUpload(id);
    for (const blobId of blobIds) await dropBlob(ctx.client.db, blobId);
  } finally {
    hold.release();
  }
}

/** @returns how many had expired. Blobs of complete ones are left to the collector. */
export async function deleteExpiredUploads(db: Database): Promise<number> {
  return (await deleteWhere(db, sql`expires_at < now()`)).length;
}

/** Deletes uploads, with the bytes of those that are not complete. @returns their blobs. */
async function deleteWhere(db: Executor, condition: ReturnType<typeof sql>): Promise<string[]> {
  const rows = await db.execute<{ blob_id: string }>(sql`
    with gone as (delete from uploads where ${condition} returning blob_id),
      unfinished as (
        delete from blobs b using gone where b.id = gone.blob_id and b.sha256 is null returning b.object_key, b.multipart_id),
      stale as (
        insert into stale_objects (object_key, multipart_id) select * from unfinished where object_key is not null)
    select blob_id from gone`);
  return rows.map(row => row.blob_id);
}

/** @throws AppError not_found; upload_expired. */
export async function findUpload(ctx: ServiceContext, uploadId: string | undefined): Promise<UploadRow> {
  const id = requireUuid(uploadId, 'upload_id');
  const [upload] = await ctx.client.db.select().from(uploads).where(eq(uploads.id, id));
  if (!upload) throw unknownUpload(id);
  if (upload.expiresAt.getTime() > Date.now()) return upload;
  throw new AppError('upload_expired', `Upload ${id} expired at ${upload.expiresAt.toISOString()}.`, {
    remedy: 'Send the file again.',
  });
}

function asResource(upload: UploadRow, sha256: string | null): UploadResource {
  const isComplete = upload.completedAt !== null;
  return {
    upload_id: upload.id,
    state: isComplete ? 'complete' : 'receiving',
    blob_id: isComplete ? upload.blobId : null,
    file_name: upload.fileName,
    received_bytes: upload.receivedBytes,
    length_bytes: upload.lengthBytes,
    sha256: isComplete ? sha256 : null,
    created_at: upload.createdAt.toISOString(),
    expires_at: upload.expiresAt.toISOString(),
  };
}

function cleanName(name: string | null): string | null {
  return name === null ? null : name.replace(/\p{Cc}/gu, '_').slice(0, LONGEST_NAME);
}

function unknownUpload(id: string): AppError {
  return new AppError('not_found', `Upload ${id} does not exist.`, {
    remedy: 'It may have expired or been deleted: send the file again.',
  });
}
