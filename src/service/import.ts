/** Taking in a model from elsewhere: one transaction writes the model, empty as yet, and queues the task that reads it. */
import type { StoredBlob } from '../blobs/blob-store.ts';
import { models } from '../db/schema.ts';
import { enqueueTask } from '../queue/enqueue.ts';
import type { ServiceContext } from './context.ts';

/** @param input.archive a zip; what is in it is for the worker to see. */
export async function submitImport(
  ctx: ServiceContext,
  { archive }: { archive: StoredBlob },
): Promise<{ modelUid: string; taskId: string }> {
  // Of a model that does not say its own; a training that goes on from it takes it over.
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  return ctx.client.db.transaction(async tx => {
    const [model] = await tx.insert(models).values({ trainingConfig: {}, seed, importBlob: archive.id }).returning();
    const taskId = await enqueueTask(tx, {
      kind: 'import',
      modelUid: model!.uid,
      maxAttempts: ctx.config.MAX_ATTEMPTS,
    });
    return { modelUid: model!.uid, taskId };
  });
}
