/** Gray videos, what an inference would have found in them, and a task to draw it: without a training and an inference, which would take minutes. */
import { readFile } from 'node:fs/promises';
import { type EncodeOptions, encodeVideo } from '../../demo/encode-video.ts';
import { storeBlob } from '../../src/blobs/blob-store.ts';
import { PostgresBlobStore } from '../../src/blobs/postgres-store.ts';
import { inferences, models, predictionChunks } from '../../src/db/schema.ts';
import { enqueueTask } from '../../src/queue/enqueue.ts';
import type { TestDatabase } from './database.ts';

/** Odd, both of them. */
const WIDTH_PX = 161;
const HEIGHT_PX = 97;
const GRAY = 90;
export const KEYPOINTS = ['nose', 'tail'];
/** So fine that the codec keeps what is drawn as it is. */
export const FINE = { crf: 4, radius_px: 6 };

/** Writes a gray video of an odd size to `path`, and gives it back. */
export async function film(path: string, frames: number, codec: EncodeOptions['codec'] = 'ffv1'): Promise<string> {
  const frame = new Uint8Array(WIDTH_PX * HEIGHT_PX * 3).fill(GRAY);
  const pictures = Array.from({ length: frames }, () => frame);
  await encodeVideo(path, { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, fps: 25, codec, frames: pictures });
  return path;
}

/** The nose walks to and fro, the tail stands still and is not found in odd frames. */
export const noseAt = (frame: number): [number, number] => [20 + ((2 * frame) % 120), 30];
export const TAIL: [number, number] = [80, 70];
const pointsOf = (frame: number) => [
  ...noseAt(frame),
  0.9,
  ...(frame % 2 === 0 ? TAIL : [Number.NaN, Number.NaN]),
  0.4,
];

export interface Chunk {
  firstFrame: number;
  frames: number;
  step?: number;
}

/** An inference of the video with these chunks, and an overlay task for it. */
export async function submitOverlay(
  database: TestDatabase,
  path: string,
  chunks: Chunk[],
  overlayConfig: object = FINE,
) {
  const { db, sql } = database.client;
  const { id: videoBlob } = await storeBlob(new PostgresBlobStore(sql), new Uint8Array(await readFile(path)));
  const skeleton = { keypoints: KEYPOINTS, edges: [] };
  const [model] = await db.insert(models).values({ trainingConfig: {}, seed: 1, skeleton }).returning();
  const modelUid = model!.uid;
  const row = { modelUid, videoBlob, fileName: 'v.mkv', overlayConfig: { ...overlayConfig } };
  const inferenceId = (await db.insert(inferences).values(row).returning())[0]!.id;
  for (const { firstFrame, frames, step = 1 } of chunks) {
    const numbers = Array.from({ length: frames }, (_, i) => pointsOf(firstFrame + i * step)).flat();
    const points = new Uint8Array(Float32Array.from(numbers).buffer);
    await db.insert(predictionChunks).values({ inferenceId, firstFrame, frames, step, points });
  }
  return { inferenceId, taskId: await enqueueTask(db, { kind: 'overlay', modelUid, inferenceId, maxAttempts: 2 }) };
}
