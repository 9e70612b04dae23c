/** Sample frames and what epochs found in them, as the worker stores them. */
import type { Database } from '../../src/db/client.ts';
import { sampleFrames, samplePredictions } from '../../src/db/schema.ts';

/** Of an image of 1280 × 960 pixels: no JPEG, but nobody looks. */
export const PICTURE = Buffer.from('a picture');

interface StoredSamples {
  /** x px, y px of each keypoint, a frame a line; NaN: not labelled. */
  truth: number[][];
  /** By epoch: x px, y px and score of each keypoint, a frame a line; NaN: no peak. */
  found: Record<number, number[][]>;
}

export async function storeSamples(db: Database, modelUid: string, { truth, found }: StoredSamples): Promise<void> {
  const bytes = (numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);
  const size = { widthPx: 1280, heightPx: 960, pictureWidthPx: 640, pictureHeightPx: 480 };
  await db.insert(sampleFrames).values(
    truth.map((numbers, seq) => ({
      ...{ modelUid, seq, name: `images/${seq}.png`, truth: bytes(numbers), picture: PICTURE, ...size },
    })),
  );
  const rows = Object.entries(found).map(([epoch, frames]) => {
    return { modelUid, epoch: Number(epoch), points: bytes(frames.flat()) };
  });
  if (rows.length > 0) await db.insert(samplePredictions).values(rows);
}
