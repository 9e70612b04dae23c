/** A check from claim to end: the dataset is read as a training would read it, and what was seen is written down with a few pictures. */
import { eq } from 'drizzle-orm';
import type { DatasetReport } from '../../src/contract/dataset-report.ts';
import { datasetChecks, datasetSamples } from '../../src/db/schema.ts';
import { withLease } from '../../src/queue/lease.ts';
import { fetchDataset } from '../fetch-dataset.ts';
import { breathe, leaveIfAsked, type TaskContext, type TaskResult } from '../task-context.ts';
import { inspectFrames, pickSamples } from './inspect.ts';
import { reportOn } from './report.ts';
import { drawSample, type Sample } from './sample.ts';

const MOST_SAMPLES = 8;

/** @throws AppError in words for the person who sent the dataset; Interrupted. */
export async function runCheck(ctx: TaskContext): Promise<TaskResult> {
  const checkId = ctx.task.checkId!;
  const [check] = await ctx.db.select().from(datasetChecks).where(eq(datasetChecks.id, checkId));
  const { dataset } = await fetchDataset(ctx, check!.datasetBlob, check!.datasetOptions);
  const { frames, skeleton } = dataset;
  const limits = { maxSidePx: ctx.config.MAX_IMAGE_SIDE_PX };
  const inspection = await inspectFrames(dataset, {
    ...limits,
    onRead: async done => {
      ctx.report('reading labels', { done, total: frames.length, unit: 'frames' });
      leaveIfAsked(ctx);
      await breathe();
    },
  });

  ctx.report('drawing samples');
  const picked = pickSamples(frames, MOST_SAMPLES);
  const pictures: Sample[] = [];
  for (const i of picked) pictures.push(await drawSample(frames[i]!, skeleton, limits));
  const samples = pictures.map(({ widthPx, heightPx }, seq): DatasetReport['samples'][number] => {
    const url = `/api/datasets/checks/${checkId}/samples/${seq}.png`;
    return { image: frames[picked[seq]!]!.imageName, width_px: widthPx, height_px: heightPx, url };
  });
  const report: DatasetReport = { ...reportOn(dataset, inspection), samples };
  await withLease(ctx.db, ctx.task.lease, async tx => {
    await tx.update(datasetChecks).set({ report }).where(eq(datasetChecks.id, checkId));
    // Those of an attempt that was lost after this very write.
    await tx.delete(datasetSamples).where(eq(datasetSamples.checkId, checkId));
    await tx.insert(datasetSamples).values(pictures.map(({ png }, seq) => ({ checkId, seq, png })));
  });
  return { end: 'succeeded', stoppedEarly: false };
}
