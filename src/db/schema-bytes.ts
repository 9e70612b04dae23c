/** Tables of stored bytes: datasets, videos, weights, and files that were sent ahead of the request that uses them. */
import { bigint, customType, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/** Stored bytes. A row without sha256 is still being written. */
export const blobs = pgTable('blobs', {
  id: uuid('id').primaryKey().defaultRandom(),
  /** Lower-case hex of the content; two sealed blobs never share it. */
  sha256: text('sha256').unique(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull().default(0),
  createdAt: time('created_at').notNull().defaultNow(),
  /** Last time somebody was handed this blob; the collector leaves it alone for a while after. */
  touchedAt: time('touched_at').notNull().defaultNow(),
  /** Its key in the bucket of an S3 store; null: its bytes are in blob_chunks. */
  objectKey: text('object_key'),
  /** Of an S3 multipart upload that is under way. */
  multipartId: text('multipart_id'),
});

/** A blob's bytes in rows of 250 kB, in order. */
export const blobChunks = pgTable(
  'blob_chunks',
  {
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  table => [primaryKey({ columns: [table.blobId, table.seq] })],
);

/** What S3 has acknowledged of a blob that is still being written. */
export const blobParts = pgTable(
  'blob_parts',
  {
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id, { onDelete: 'cascade' }),
    /** Counted from 1, as S3 counts. */
    part: integer('part').notNull(),
    etag: text('etag').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  },
  table => [primaryKey({ columns: [table.blobId, table.part] })],
);

/** Objects of an S3 store whose blob is gone, until they are deleted there. */
export const staleObjects = pgTable('stale_objects', {
  objectKey: text('object_key').primaryKey(),
  /** An upload to it that was never finished. */
  multipartId: text('multipart_id'),
  since: time('since').notNull().defaultNow(),
});

/** A file that was sent ahead of the request that uses it, at once or in pieces. */
export const uploads = pgTable(
  'uploads',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Of the bytes so far; once complete, maybe an older blob with the same content. */
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id),
    fileName: text('file_name'),
    /** As the client announced it; null while it has not. */
    lengthBytes: bigint('length_bytes', { mode: 'number' }),
    receivedBytes: bigint('received_bytes', { mode: 'number' }).notNull().default(0),
    createdAt: time('created_at').notNull().defaultNow(),
    completedAt: time('completed_at'),
    expiresAt: time('expires_at').notNull(),
  },
  table => [index('uploads_of_a_blob').on(table.blobId)],
);
