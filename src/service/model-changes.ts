/** What a person may change of a model: its name and its tags. What it is and where it stands are not theirs to write. */
import { eq } from 'drizzle-orm';
import type { ModelResource } from '../contract/model.ts';
import type { ModelChanges } from '../contract/model-changes.ts';
import { models } from '../db/schema.ts';
import { AppError } from '../errors.ts';
import { notifyChange } from '../queue/listen.ts';
import type { ServiceContext } from './context.ts';
import { requireUuid } from './find.ts';
import { readModel } from './read.ts';

/** @param changes what is absent stays as it is. @returns the model as it is then. @throws AppError not_found. */
export async function changeModel(
  ctx: ServiceContext,
  modelUid: string,
  { name, tags }: ModelChanges,
): Promise<ModelResource> {
  const uid = requireUuid(modelUid, 'model_uid');
  const values = {
    ...(name === undefined ? {} : { name: name || null }),
    ...(tags === undefined ? {} : { tags: tags ?? [] }),
  };
  if (Object.keys(values).length > 0)
    await ctx.client.db.transaction(async tx => {
      const changed = await tx.update(models).set(values).where(eq(models.uid, uid)).returning({ uid: models.uid });
      if (changed.length === 0) throw new AppError('not_found', `Model ${uid} does not exist.`);
      await notifyChange(tx, { modelUid: uid, checkId: null });
    });
  return readModel(ctx, uid);
}
