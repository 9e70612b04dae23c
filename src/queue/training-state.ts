/**
 * What an ended training leaves behind: the best weights, unless it was canceled, and never the checkpoint it would have resumed from.
 * The blobs themselves go when the collector finds that nothing refers to them.
 */
import { eq } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { models } from '../db/schema.ts';

export async function dropTrainingState(
  tx: Executor,
  modelUid: string,
  { keepBest }: { keepBest: boolean },
): Promise<void> {
  const nothing = { checkpointBlob: null };
  await tx
    .update(models)
    .set(keepBest ? nothing : { ...nothing, bestBlob: null, bestEpoch: null })
    .where(eq(models.uid, modelUid));
}
