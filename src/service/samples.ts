/**
 * What the weights of each epoch found in a few validation frames: what `GET /api/models/{uid}/samples` shows, and the pictures beside it.
 * The worker stores an epoch's predictions with its row; of a long training an answer holds evenly spaced ones, which are all that is read.
 */
import { and, asc, eq, getTableColumns, gt, inArray } from 'drizzle-orm';
import { NUMBERS_PER_POINT } from '../contract/pose.ts';
import { MOST_SAMPLE_EPOCHS, type Samples } from '../contract/samples.ts';
import { sampleFrames, samplePredictions } from '../db/schema.ts';
import { AppError } from '../errors.ts';
import { roundedNumber } from '../exports/chunk.ts';
import type { ServiceContext } from './context.ts';
import { findModel, requireUuid } from './find.ts';

/** @param after only epochs behind this one; -1: all. @throws AppError not_found. */
export async function readSamples(
  ctx: ServiceContext,
  modelUid: string,
  { after }: { after: number },
): Promise<Samples> {
  const { uid, skeleton, bestEpoch } = await findModel(ctx, modelUid);
  const { picture: _, ...described } = getTableColumns(sampleFrames);
  const frames = await ctx.client.db
    .select(described)
    .from(sampleFrames)
    .where(eq(sampleFrames.modelUid, uid))
    .orderBy(asc(sampleFrames.seq));
  const keypoints = skeleton?.keypoints ?? [];
  return {
    keypoints,
    edges: skeleton?.edges ?? [],
    frames: frames.map(frame => ({
      name: frame.name,
      width_px: frame.widthPx,
      height_px: frame.heightPx,
      picture_url: `/api/models/${uid}/samples/${frame.seq}.jpg`,
      picture_width_px: frame.pictureWidthPx,
      picture_height_px: frame.pictureHeightPx,
      truth: labelsIn(frame.truth),
    })),
    epochs: await readPoints(ctx, uid, { after, bestEpoch, keypoints: keypoints.length }),
  };
}

/** A picture of a sample frame: JPEG, which never changes. @throws AppError not_found. */
export async function readSamplePicture(
  ctx: ServiceContext,
  modelUid: string,
  seq: number,
): Promise<{ picture: Uint8Array; etag: string }> {
  const uid = requireUuid(modelUid, 'model_uid');
  const [frame] = await ctx.client.db
    .select({ picture: sampleFrames.picture })
    .from(sampleFrames)
    .where(and(eq(sampleFrames.modelUid, uid), eq(sampleFrames.seq, seq)));
  // Stored once, and the uid is never given twice.
  if (frame) return { picture: frame.picture, etag: `"${uid}.${seq}"` };
  await findModel(ctx, uid);
  throw new AppError('not_found', `Model ${uid} has no sample frame ${seq}.`, {
    remedy: `Those there are stand in GET /api/models/${uid}/samples.`,
  });
}

async function readPoints(
  ctx: ServiceContext,
  uid: string,
  { after, bestEpoch, keypoints }: { after: number; bestEpoch: number | null; keypoints: number },
): Promise<Samples['epochs']> {
  const { epoch, points } = samplePredictions;
  const ofModel = eq(samplePredictions.modelUid, uid);
  const stored = await ctx.client.db
    .select({ epoch })
    .from(samplePredictions)
    .where(and(ofModel, gt(epoch, after)))
    .orderBy(asc(epoch));
  const wanted = thinned(
    stored.map(row => row.epoch),
    bestEpoch,
  );
  const rows = await ctx.client.db
    .select({ epoch, points })
    .from(samplePredictions)
    .where(and(ofModel, inArray(epoch, wanted)))
    .orderBy(asc(epoch));
  return rows.map(row => ({ epoch: row.epoch, points: peaksIn(row.points, keypoints) }));
}

/** Evenly spaced ones of many, the first, the best and the last among them. @param epochs ascending. */
function thinned(epochs: readonly number[], best: number | null): number[] {
  if (epochs.length <= MOST_SAMPLE_EPOCHS) return [...epochs];
  const steps = MOST_SAMPLE_EPOCHS - 2; // one place is the best's
  const places = Array.from({ length: steps + 1 }, (_, i) => Math.round((i * (epochs.length - 1)) / steps));
  const evenly = new Set(places.map(place => epochs[place]!));
  return epochs.filter(epoch => epoch === best || evenly.has(epoch));
}

/** Little-endian float32; a copy, because a typed array must begin at a multiple of its elements' size. */
function numbersIn(bytes: Uint8Array): number[] {
  return Array.from(new Float32Array(new Uint8Array(bytes).buffer), roundedNumber);
}

/** @param bytes [K, 2]. */
function labelsIn(bytes: Uint8Array): Samples['frames'][number]['truth'] {
  const numbers = numbersIn(bytes);
  return Array.from({ length: numbers.length / 2 }, (_, k) => {
    const [x, y] = numbers.slice(2 * k, 2 * k + 2) as [number, number];
    return Number.isNaN(x) ? null : [x, y];
  });
}

/** @param bytes [frames, K, 3]. */
function peaksIn(bytes: Uint8Array, keypoints: number): Samples['epochs'][number]['points'] {
  const numbers = numbersIn(bytes);
  const peak = (at: number): [number, number, number] | null => {
    const [x, y, score] = numbers.slice(at, at + NUMBERS_PER_POINT) as [number, number, number];
    return Number.isNaN(x) ? null : [x, y, score];
  };
  const numbersPerFrame = NUMBERS_PER_POINT * keypoints;
  return Array.from({ length: numbers.length / numbersPerFrame }, (_, frame) =>
    Array.from({ length: keypoints }, (_, k) => peak(frame * numbersPerFrame + k * NUMBERS_PER_POINT)),
  );
}
