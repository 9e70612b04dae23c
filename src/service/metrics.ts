/** How good a model was after each epoch and is now: what `GET /api/models/{uid}/metrics.json` shows. */
import { asc, eq } from 'drizzle-orm';
import type { ModelMetrics } from '../contract/model.ts';
import { epochs } from '../db/schema.ts';
import type { ServiceContext } from './context.ts';
import { findModel } from './find.ts';
import { asEpochRow } from './read.ts';

/** @throws AppError not_found. */
export async function readMetrics(ctx: ServiceContext, modelUid: string | undefined): Promise<ModelMetrics> {
  const model = await findModel(ctx, modelUid);
  const rows = await ctx.client.db
    .select()
    .from(epochs)
    .where(eq(epochs.modelUid, model.uid))
    .orderBy(asc(epochs.epoch));
  return {
    epochs: rows.map(row => ({ ...asEpochRow(row), metrics: row.metrics })),
    best_epoch: model.bestEpoch,
    validation: model.evaluation?.validation ?? null,
    holdout: model.evaluation?.holdout ?? null,
    pixel_error: model.pixelError,
  };
}
