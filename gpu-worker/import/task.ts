/**
 * An import from claim to end: the zip is unpacked, its network built from its description, its weights put in, and the model written as
 * if it had been trained here, files included. Nothing of it remains when it fails.
 */
import { join } from 'node:path';
import { eq } from 'drizzle-orm';
import { models } from '../../src/db/schema.ts';
import { fetchArchive } from '../fetch-archive.ts';
import { networkOf } from '../model/from-config.ts';
import { type KerasFile, readKerasModel } from '../model/keras-h5.ts';
import { leaveIfAsked, type TaskContext, type TaskResult } from '../task-context.ts';
import { type Description, readDescription } from './description.ts';
import { findModelFolder, modelInvalid } from './model-folder.ts';
import { recordImport } from './record.ts';
import { channelsOf, fillIn } from './weights.ts';

/** @throws AppError in words for the person who submitted it; Interrupted. */
export async function runImport(ctx: TaskContext): Promise<TaskResult> {
  const { description, file } = await readArchive(ctx);
  ctx.report('preparing the network');
  const input = { ...description.input, channels: channelsOf(file) ?? knownChannels(description) };
  const { config, skeleton, history } = description;
  // The initial weights are all replaced; their seed stands in the files.
  const network = networkOf(config, input, skeleton.keypoints.length, history?.seed ?? 0);
  try {
    await fillIn(network, file);
    leaveIfAsked(ctx);
    ctx.report('writing the model files');
    await recordImport(ctx, network, description, input);
    return { end: 'succeeded', stoppedEarly: false };
  } finally {
    network.dispose();
  }
}

function knownChannels({ input: { channels } }: Description): 1 | 3 {
  if (channels !== null) return channels;
  throw modelInvalid(
    'Neither best_model.h5 nor the configuration says how many channels the images have.',
    'Send the best_model.h5 that was saved with its network (model.save), not its weights alone.',
  );
}

async function readArchive(ctx: TaskContext): Promise<{ description: Description; file: KerasFile }> {
  const [model] = await ctx.db.select().from(models).where(eq(models.uid, ctx.task.modelUid!));
  const { folder, files } = await fetchArchive(ctx, model!.importBlob!, { what: 'model' });
  ctx.report('reading the model');
  const found = findModelFolder(files.map(({ path }) => path));
  const description = await readDescription(folder, found);
  return { description, file: await readKerasModel(join(folder, found.weightsPath), { signal: ctx.signal }) };
}
