/**
 * The files of a model, for download. Two were made by the worker and lie in the blob store; weights.bin is the blob of the best weights
 * behind its header; the rest is text made from the tables when it is asked for. Each appears as soon as there is something in it.
 */
import { eq } from 'drizzle-orm';
import { MODEL_FILES, type ModelFileName, type ModelFiles } from '../contract/model-files.ts';
import { trainingLogCsv } from '../contract/training-log.ts';
import { epochs, modelFiles } from '../db/schema.ts';
import { blobs } from '../db/schema-bytes.ts';
import { AppError } from '../errors.ts';
import type { ServiceContext } from './context.ts';
import { blobContent, type Content, numbersContent, textContent, zipContent } from './file-content.ts';
import { findModelAndTask } from './find.ts';
import { readMetrics } from './metrics.ts';
import { portableModel } from './portable-model.ts';
import { readEpochs } from './read.ts';

/** Not of every network. */
const TFJS_FILES = ['model.json', 'weights.bin'];

interface ModelFile {
  name: ModelFileName;
  /** null: not known before it is opened. */
  sizeBytes: number | null;
  open(): Promise<Content>;
}

/** @throws AppError not_found. */
export async function listModelFiles(ctx: ServiceContext, modelUid: string | undefined): Promise<ModelFiles> {
  const files = await filesOf(ctx, modelUid);
  return {
    files: files.map(({ name, sizeBytes }) => {
      return { name, size_bytes: sizeBytes, description: MODEL_FILES[name].description };
    }),
  };
}

/** @throws AppError not_found, which names the files there are. */
export async function openModelFile(
  ctx: ServiceContext,
  modelUid: string | undefined,
  name: string,
): Promise<Content & { name: ModelFileName }> {
  const files = await filesOf(ctx, modelUid);
  const file = files.find(entry => entry.name === name);
  if (file) return { name: file.name, ...(await file.open()) };
  if (!Object.hasOwn(MODEL_FILES, name)) {
    throw new AppError('not_found', `Models have no file "${name.slice(0, 80)}".`, {
      remedy: `Ask for one of ${Object.keys(MODEL_FILES).join(', ')}.`,
    });
  }
  if (TFJS_FILES.includes(name) && files.some(entry => entry.name === 'best_model.h5'))
    throw new AppError(
      'not_found',
      `Model ${modelUid} has no ${name}: TensorFlow.js has no layer for its grouped convolutions.`,
      {
        remedy: 'Use best_model.h5.',
      },
    );
  throw new AppError('not_found', `Model ${modelUid} has no ${name} (yet).`, {
    remedy:
      files.length > 0
        ? `So far there are ${files.map(entry => entry.name).join(', ')}.`
        : 'The first files appear once its dataset was read.',
  });
}

async function filesOf(ctx: ServiceContext, modelUid: string | undefined): Promise<ModelFile[]> {
  const { model, task } = await findModelAndTask(ctx, modelUid);
  const files = await storedFiles(ctx, model.uid);
  const hasNetwork = files.length > 0;
  const [epoch] = await ctx.client.db.select().from(epochs).where(eq(epochs.modelUid, model.uid)).limit(1);
  const portable = portableModel(model, task);

  const add = (name: ModelFileName, text: () => string | Promise<string>) =>
    files.push({ name, sizeBytes: null, open: async () => textContent(await text()) });
  if (files.some(({ name }) => name === 'model.json'))
    files.push({ name: 'weights.bin', sizeBytes: null, open: () => weightsContent(ctx, model.bestBlob!) });
  if (portable) {
    add('training_config.json', () => json(portable.sleap));
    add('config.json', () => json(portable.own));
  }
  if (epoch || model.evaluation) add('metrics.json', async () => json(await readMetrics(ctx, model.uid)));
  if (epoch) add('training_log.csv', async () => trainingLogCsv(await readEpochs(ctx, model.uid)));
  if (hasNetwork) {
    const members = [...files];
    const options = { folder: model.uid, modified: task.finishedAt ?? model.createdAt };
    files.push({ name: 'model.zip', sizeBytes: null, open: () => zipContent(members, options) });
  }
  const order = Object.keys(MODEL_FILES);
  return files.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

async function storedFiles(ctx: ServiceContext, modelUid: string): Promise<ModelFile[]> {
  const rows = await ctx.client.db
    .select({ name: modelFiles.name, id: modelFiles.blobId, sizeBytes: modelFiles.sizeBytes, sha256: blobs.sha256 })
    .from(modelFiles)
    .innerJoin(blobs, eq(blobs.id, modelFiles.blobId))
    .where(eq(modelFiles.modelUid, modelUid));
  return rows.map(({ name, id, sizeBytes, sha256 }) => {
    const content = blobContent(ctx.blobs, { id, sha256, sizeBytes });
    return { name, sizeBytes, open: async () => content };
  });
}

/** The numbers of the best weights in the order of model.json, which is that of the blob. */
async function weightsContent(ctx: ServiceContext, bestBlob: string): Promise<Content> {
  const [blob] = await ctx.client.db.select().from(blobs).where(eq(blobs.id, bestBlob));
  return numbersContent(ctx.blobs, blob!);
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
