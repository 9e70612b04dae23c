/**
 * What a training writes to the database, each piece in one transaction under the task's lease: a reader never sees an epoch without its
 * checkpoint, a resumed training never finds one it has not logged, and a worker that lost its lease writes nothing.
 */
import { eq } from 'drizzle-orm';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { dropBlob } from '../../src/blobs/collect.ts';
import type { Evaluation } from '../../src/contract/metrics.ts';
import type { EpochRow, FrameCounts, PixelError } from '../../src/contract/model.ts';
import type { NetworkInput } from '../../src/contract/network-input.ts';
import type { Skeleton } from '../../src/contract/pose.ts';
import { epochs, models, sampleFrames, samplePredictions } from '../../src/db/schema.ts';
import { withLease } from '../../src/queue/lease.ts';
import { appendLog, type NewLine } from '../../src/queue/log.ts';
import { recordModelFiles, type StoredFile } from '../model-files.ts';
import type { ComputeContext, TaskContext } from '../task-context.ts';

export type Model = typeof models.$inferSelect;
type Access = Pick<TaskContext, 'db' | 'blobs' | 'task'>;

/** What is known once the dataset was read and the network built. */
export interface Facts {
  skeleton: Skeleton;
  networkInput: NetworkInput;
  frames: FrameCounts;
  parameters: number;
}

export async function recordFacts(
  { db, task, environment }: Access & Pick<ComputeContext, 'environment'>,
  facts: Facts,
): Promise<void> {
  await withLease(db, task.lease, (tx, { modelUid }) =>
    tx
      .update(models)
      .set({ ...facts, environment })
      .where(eq(models.uid, modelUid)),
  );
}

export type SampleFrame = Omit<typeof sampleFrames.$inferInsert, 'modelUid' | 'seq'>;

/** Whether an attempt before this one stored the frames that the training is watched by. */
export async function hasSampleFrames({ db, task }: Access): Promise<boolean> {
  return (await db.$count(sampleFrames, eq(sampleFrames.modelUid, task.modelUid!))) > 0;
}

/** Once a training, before its first epoch. */
export async function recordSampleFrames({ db, task }: Access, frames: readonly SampleFrame[]): Promise<void> {
  await withLease(db, task.lease, (tx, { modelUid }) =>
    tx.insert(sampleFrames).values(frames.map((frame, seq) => ({ modelUid, seq, ...frame }))),
  );
}

interface EndedEpoch {
  row: EpochRow;
  metrics: Evaluation;
  lines: NewLine[];
  /** [frames, K, 3] found in the sample frames; empty where there are none. */
  samples: Float32Array;
}

/**
 * The log row with its sentences, what was found in the sample frames, the checkpoint that goes on after it and, where this epoch is the best, its weights.
 * The blobs are written before the transaction; those they replace are dropped after it.
 */
export async function recordEpoch(
  { db, blobs, task }: Access,
  { row, metrics, lines, samples }: EndedEpoch,
  { checkpoint, weights }: { checkpoint: Uint8Array; weights: Uint8Array | null },
): Promise<void> {
  const checkpointBlob = (await storeBlob(blobs, checkpoint)).id;
  const best = weights === null ? {} : { bestBlob: (await storeBlob(blobs, weights)).id, bestEpoch: row.epoch };
  const before = await withLease(db, task.lease, async (tx, { modelUid }) => {
    const [model] = await tx.select().from(models).where(eq(models.uid, modelUid));
    const { epoch, loss, val_loss: valLoss, lr, seconds } = row;
    await tx.insert(epochs).values({ modelUid, epoch, loss, valLoss, lr, seconds, metrics });
    if (samples.length > 0)
      await tx.insert(samplePredictions).values({ modelUid, epoch, points: new Uint8Array(samples.buffer) });
    await tx
      .update(models)
      .set({ checkpointBlob, ...best })
      .where(eq(models.uid, modelUid));
    await appendLog(tx, task.lease.taskId, lines);
    return model!;
  });
  if (before.checkpointBlob) await dropBlob(db, before.checkpointBlob);
  if (weights !== null && before.bestBlob) await dropBlob(db, before.bestBlob);
}

/** A checkpoint in the middle of an epoch, in the place of the one before. */
export async function recordCheckpoint(
  { db, blobs, task }: Access,
  checkpoint: Uint8Array,
  line: NewLine,
): Promise<void> {
  const checkpointBlob = (await storeBlob(blobs, checkpoint)).id;
  const before = await withLease(db, task.lease, async (tx, { modelUid }) => {
    const [model] = await tx.select().from(models).where(eq(models.uid, modelUid));
    await tx.update(models).set({ checkpointBlob }).where(eq(models.uid, modelUid));
    await appendLog(tx, task.lease.taskId, [line]);
    return model!;
  });
  if (before.checkpointBlob) await dropBlob(db, before.checkpointBlob);
}

/** Weights of a training that was stopped before any epoch ended. */
export async function recordLooseWeights({ db, blobs, task }: Access, weights: Uint8Array): Promise<void> {
  const bestBlob = (await storeBlob(blobs, weights)).id;
  await withLease(db, task.lease, (tx, { modelUid }) =>
    tx.update(models).set({ bestBlob }).where(eq(models.uid, modelUid)),
  );
}

/** What the best weights reach, and the files they can be downloaded as. */
export async function recordResult(
  { db, task }: Access,
  reached: { pixelError: PixelError; evaluation: { validation: Evaluation; holdout: Evaluation | null } },
  files: StoredFile[],
): Promise<void> {
  await withLease(db, task.lease, async (tx, { modelUid }) => {
    await tx.update(models).set(reached).where(eq(models.uid, modelUid));
    await recordModelFiles(tx, modelUid, files);
  });
}

export async function readModelRow({ db, task }: Access): Promise<Model> {
  const [model] = await db.select().from(models).where(eq(models.uid, task.modelUid!));
  return model!;
}

/** The model a training goes on from; null when it has been deleted since. */
export async function readBase({ db }: Access, uid: string): Promise<Model | null> {
  const [model] = await db.select().from(models).where(eq(models.uid, uid));
  return model ?? null;
}
