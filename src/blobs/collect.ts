/**
 * Deletes blobs that nothing refers to: half-written ones of a broken upload, and those whose model or inference is gone.
 * A blob is spared for `graceSeconds` after it was created or handed out, since its reference is written a little later.
 */
import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { deletingBlobs } from './stale-objects.ts';

/** @returns how many were deleted. */
export async function collectBlobs(db: Database, graceSeconds: number): Promise<number> {
  const old = sql`b.touched_at < now() - make_interval(secs => ${graceSeconds}) and ${unreferenced}`;
  return (await db.execute(deletingBlobs(old))).length;
}

/** Deletes one blob that its only owner has just let go of, such as the checkpoint before the newest. */
export async function dropBlob(db: Database, id: string): Promise<void> {
  // touched_at = created_at: nobody else was ever handed it.
  await db.execute(deletingBlobs(sql`b.id = ${id} and b.touched_at = b.created_at and ${unreferenced}`));
}

const unreferenced = sql`
  not exists (select from models m where b.id in (m.dataset_blob, m.import_blob, m.checkpoint_blob, m.best_blob))
  and not exists (select from dataset_checks c where c.dataset_blob = b.id)
  and not exists (select from model_files f where f.blob_id = b.id)
  and not exists (select from uploads u where u.blob_id = b.id)
  and not exists (select from inferences i where b.id in (i.video_blob, i.overlay_blob))`;
