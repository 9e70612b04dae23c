/** Overlays from the stored predictions to the stored mp4: every frame is in it, with what was found in that frame and nothing else. */
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { convertVideo } from '../../demo/encode-video.ts';
import { decodeVideo, openVideo, probeVideo } from '../../gpu-worker/media/video.ts';
import { palette } from '../../gpu-worker/overlay/palette.ts';
import { runOverlay } from '../../gpu-worker/overlay/task.ts';
import { Interrupted, type TaskContext } from '../../gpu-worker/task-context.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { readConfig } from '../../src/config.ts';
import type { Phase, Progress } from '../../src/contract/task.ts';
import { inferences } from '../../src/db/schema.ts';
import { blobs } from '../../src/db/schema-bytes.ts';
import { tasks } from '../../src/db/schema-queue.ts';
import { claimTask } from '../../src/queue/claim.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import { useDatabase } from '../support/database.ts';
import { probeTimes } from '../support/frame-times.ts';
import { encodeNumbered } from '../support/numbered-video.ts';
import { type Chunk, FINE, film, KEYPOINTS, noseAt, submitOverlay, TAIL } from '../support/overlay.ts';
import { expectNoThreadsLeft, scratchFolder } from '../support/scratch.ts';

const COLOURS = palette(KEYPOINTS.length);

const database = useDatabase();
const scratch = scratchFolder();

/** What runs the oldest task, and what it reports. */
async function context() {
  const { db, sql } = database.client;
  const task = (await claimTask(db, { worker: 'test', kinds: ['overlay'], leaseSeconds: 600 }))!;
  const reports: [Phase, Progress | undefined][] = [];
  const abort = new AbortController();
  const scratchDir = scratch.path('task');
  await mkdir(scratchDir, { recursive: true });
  const ctx: TaskContext = {
    ...{ task, db, blobs: new PostgresBlobStore(sql), config: readConfig({}), scratchDir, signal: abort.signal },
    report: (phase, progress) => reports.push([phase, progress]),
    log: () => {},
    requested: () => (abort.signal.aborted ? 'cancel' : null),
  };
  return { ctx, reports, abort };
}

async function run(path: string, chunks: Chunk[], overlayConfig?: object) {
  const { inferenceId, taskId } = await submitOverlay(database, path, chunks, overlayConfig);
  const { ctx, reports } = await context();
  expect(await runOverlay(ctx)).toEqual({ end: 'succeeded', stoppedEarly: false });
  const [task] = await database.client.db
    .update(tasks)
    .set({ state: 'succeeded', finishedAt: new Date() })
    .where(eq(tasks.id, taskId))
    .returning();
  return { reports, overlay: await fetchOverlay(inferenceId), warnings: task!.warnings, inferenceId };
}

async function fetchOverlay(inferenceId: number): Promise<string> {
  const { db, sql } = database.client;
  const [row] = await db.select().from(inferences).where(eq(inferences.id, inferenceId));
  const path = scratch.path('overlay.mp4');
  await pipeline(Readable.from(new PostgresBlobStore(sql).read(row!.overlayBlob!)), createWriteStream(path));
  return path;
}

/** For each frame whether it shows the nose where it should be, and the tail. */
async function shownIn(overlay: string): Promise<{ nose: boolean; tail: boolean }[]> {
  const opened = await openVideo(overlay);
  const { info } = opened;
  const shown: { nose: boolean; tail: boolean }[] = [];
  for await (const { index, data } of decodeVideo(overlay, opened, { pixels: 'yuv420p' })) {
    const shows = ([x, y]: [number, number], k: number) => {
      const sample = (y >> 1) * (info.widthPx / 2) + (x >> 1);
      const pixels = info.widthPx * info.heightPx;
      const [luma, u, v] = [data[y * info.widthPx + x]!, data[pixels + sample]!, data[1.25 * pixels + sample]!];
      const distance = Math.hypot(luma - COLOURS[k]![0], u - COLOURS[k]![1], v - COLOURS[k]![2]);
      // Either its colour or gray, never something between.
      if (distance > 12) expect(Math.hypot(u - 128, v - 128)).toBeLessThan(12);
      return distance <= 12;
    };
    shown.push({ nose: shows(noseAt(index), 0), tail: shows(TAIL, 1) });
  }
  return shown;
}

describe('an overlay', () => {
  expectNoThreadsLeft();

  it.each(['ffv1', 'mjpeg'] as const)(
    'of an odd size is padded to an even one, and shows what was found: %s',
    async codec => {
      const path = await film(scratch.path('v.mkv'), 20, codec);
      const { overlay, warnings, reports } = await run(path, [{ firstFrame: 0, frames: 20 }]);
      expect(await probeVideo(overlay)).toMatchObject({
        widthPx: 162,
        heightPx: 98,
        frames: 20,
        codec: 'h264',
        fps: 25,
      });
      expect(await shownIn(overlay)).toEqual(Array.from({ length: 20 }, (_, i) => ({ nose: true, tail: i % 2 === 0 })));
      expect(warnings).toEqual([]);
      const drawn = reports.filter(([phase]) => phase === 'drawing the overlay');
      expect(drawn.at(-1)![1]).toMatchObject({ done: 20, unit: 'frames' });
      expect(reports.at(-1)).toMatchObject(['storing the overlay', { unit: 'bytes' }]);
    },
  );

  it('has every frame of the video, with points only where there are predictions', async () => {
    const path = await film(scratch.path('v.mkv'), 50);
    const chunks = [
      { firstFrame: 4, frames: 3 },
      { firstFrame: 10, frames: 4, step: 3 },
      { firstFrame: 30, frames: 1 },
      { firstFrame: 31, frames: 2, step: 5 },
    ];
    const predicted = [4, 5, 6, 10, 13, 16, 19, 30, 31, 36];
    const shown = await shownIn((await run(path, chunks)).overlay);
    expect(shown).toHaveLength(50);
    expect(shown.flatMap(({ nose }, i) => (nose ? [i] : []))).toEqual(predicted);
    expect(shown.flatMap(({ tail }, i) => (tail ? [i] : []))).toEqual(predicted.filter(i => i % 2 === 0));
  });

  it('without any prediction is the whole video', async () => {
    const shown = await shownIn((await run(await film(scratch.path('v.mkv'), 12), [])).overlay);
    expect(shown).toEqual(Array.from({ length: 12 }, () => ({ nose: false, tail: false })));
  });

  it('leaves out what scores below its threshold', async () => {
    const config = { ...FINE, peak_threshold: 0.5 };
    const shown = await shownIn(
      (await run(await film(scratch.path('v.mkv'), 6), [{ firstFrame: 0, frames: 6 }], config)).overlay,
    );
    expect(shown).toEqual(Array.from({ length: 6 }, () => ({ nose: true, tail: false })));
  });

  it('shows its frames when the video shows them, to the millisecond', async () => {
    const timing = ['-vf', 'setpts=(N*3+mod(N\\,3))/75/TB', '-vsync', 'passthrough'];
    const path = scratch.path('vfr.mkv');
    await convertVideo(await film(scratch.path('v.mkv'), 40), path, [...timing, '-c:v', 'ffv1']);
    const { overlay } = await run(path, [{ firstFrame: 0, frames: 40 }], { ...FINE, preset: 'veryfast' });
    const expected: number[] = [];
    for await (const { timeSeconds } of decodeVideo(path, await openVideo(path), { pixels: 'yuv420p' }))
      expected.push(timeSeconds);
    const { times } = await probeTimes(overlay);
    expect(times).toHaveLength(40);
    for (const [i, time] of times.entries()) expect(Math.abs(time - expected[i]!)).toBeLessThan(0.001);
  });

  it('of a damaged video has the frames that can be read, and the task says what is missing', async () => {
    const bytes = await readFile(await encodeNumbered(scratch.path('whole.avi'), 'mpeg4', 60));
    const path = scratch.path('cut.avi');
    await writeFile(path, bytes.subarray(0, bytes.length * 0.6));
    const { overlay, warnings } = await run(path, [{ firstFrame: 0, frames: 60 }]);
    const { frames } = await probeVideo(overlay);
    expect(frames).toBeGreaterThan(10);
    expect(warnings).toEqual([
      expect.stringContaining(`The video ends early or is damaged: ${frames} of its 60 frames`),
    ]);
  });

  it('that is asked for again takes the place of the one before, which is left for the collector', async () => {
    const { db } = database.client;
    const { inferenceId } = await run(await film(scratch.path('v.mkv'), 8), [{ firstFrame: 0, frames: 8 }]);
    const blobOf = async () => (await db.select().from(inferences).where(eq(inferences.id, inferenceId)))[0]!;
    const first = await blobOf();
    await db
      .update(inferences)
      .set({ overlayConfig: { ...FINE, radius_px: 12 } })
      .where(eq(inferences.id, inferenceId));
    await enqueueTask(db, { kind: 'overlay', modelUid: first.modelUid, inferenceId, maxAttempts: 2 });
    const { ctx } = await context();
    await runOverlay(ctx);
    const second = await blobOf();
    expect(second.overlayBlob).not.toBe(first.overlayBlob);
    expect(await db.select().from(blobs).where(eq(blobs.id, first.overlayBlob!))).toHaveLength(1);
  });
});

describe('an overlay task that is canceled', () => {
  expectNoThreadsLeft();

  it.each(['drawing the overlay', 'storing the overlay'] as const)(
    'while %s leaves no thread and stores nothing',
    async phase => {
      const { db } = database.client;
      const { inferenceId } = await submitOverlay(database, await film(scratch.path('v.mkv'), 300), [
        { firstFrame: 0, frames: 300 },
      ]);
      const before = await db.select({ id: blobs.id }).from(blobs);
      const { ctx, abort } = await context();
      let done = 0;
      const report: TaskContext['report'] = (now, progress) => {
        if (now !== phase || !progress) return;
        done = progress.done;
        if (phase === 'storing the overlay' || done === 40) abort.abort(new Error('canceled'));
      };
      const ending = await runOverlay({ ...ctx, report }).catch((error: unknown) => error);
      expect(ending).toSatisfy(error => error instanceof Interrupted || abort.signal.aborted);
      expect(ending).toBeInstanceOf(Error);
      if (phase === 'drawing the overlay') expect(done).toBe(40);
      const [row] = await db.select().from(inferences).where(eq(inferences.id, inferenceId));
      expect(row!.overlayBlob).toBeNull();
      expect(await db.select({ id: blobs.id }).from(blobs)).toEqual(before);
    },
  );

  it('by a lost lease stores nothing under the inference', async () => {
    const { db } = database.client;
    const { inferenceId, taskId } = await submitOverlay(database, await film(scratch.path('v.mkv'), 5), [
      { firstFrame: 0, frames: 5 },
    ]);
    const { ctx } = await context();
    await db.update(tasks).set({ state: 'canceled', finishedAt: new Date() }).where(eq(tasks.id, taskId));
    await expect(runOverlay(ctx)).rejects.toMatchObject({ code: 'lease_lost' });
    expect((await db.select().from(inferences).where(eq(inferences.id, inferenceId)))[0]!.overlayBlob).toBeNull();
  });
});
