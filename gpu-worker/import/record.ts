/** What an import writes to the database: all of the model in one transaction under the task's lease, or nothing. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { eq } from 'drizzle-orm';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import type { NetworkInput } from '../../src/contract/network-input.ts';
import { epochs, models } from '../../src/db/schema.ts';
import { withLease } from '../../src/queue/lease.ts';
import { countParameters, namedWeights } from '../model/network.ts';
import { encodeTensors } from '../model/weights.ts';
import { recordModelFiles, storeModelFiles } from '../model-files.ts';
import type { TaskContext } from '../task-context.ts';
import type { Description } from './description.ts';

/** Postgres takes 65,534 values a statement. */
const ROWS_A_STATEMENT = 1000;

/** @param network with the model's weights. */
export async function recordImport(
  ctx: TaskContext,
  network: LayersModel,
  { config, skeleton, history }: Description,
  networkInput: NetworkInput,
): Promise<void> {
  const best = await storeBlob(ctx.blobs, await encodeTensors(namedWeights(network)));
  const files = await storeModelFiles(ctx, network);
  const { metrics = null, seed, environment = null, frames = null } = history ?? {};
  await withLease(ctx.db, ctx.task.lease, async (tx, { modelUid }) => {
    await tx
      .update(models)
      .set({
        trainingConfig: config,
        ...(seed !== undefined && { seed }),
        skeleton,
        networkInput,
        parameters: countParameters(network),
        environment,
        frames,
        bestBlob: best.id,
        bestEpoch: metrics?.best_epoch ?? null,
        pixelError: metrics?.pixel_error ?? null,
        evaluation: metrics?.validation ? { validation: metrics.validation, holdout: metrics.holdout } : null,
      })
      .where(eq(models.uid, modelUid));
    await recordModelFiles(tx, modelUid, files);
    const log = (metrics?.epochs ?? []).map(({ val_loss: valLoss, ...row }) => ({ modelUid, valLoss, ...row }));
    for (let from = 0; from < log.length; from += ROWS_A_STATEMENT)
      await tx
        .insert(epochs)
        .values(log.slice(from, from + ROWS_A_STATEMENT))
        .onConflictDoNothing();
  });
}
