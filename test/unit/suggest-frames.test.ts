import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chunk } from '../../src/exports/chunk.ts';
import { frameQuality } from '../../src/exports/frame-quality.ts';
import type { Predictions } from '../../src/exports/predictions.ts';
import { suggestFrames } from '../../src/exports/suggest-frames.ts';

/** Points of one keypoint: [x, y, score] a frame, in runs of at most `runLength`. */
function predictionsOf(points: readonly (readonly [number, number, number])[], { runLength = 7, step = 1 } = {}) {
  const bytes = (values: Float32Array | Float64Array) => new Uint8Array(values.buffer);
  const runs = Array.from({ length: Math.ceil(points.length / runLength) }, (_, n) => {
    const frames = Math.min(runLength, points.length - n * runLength);
    return { firstFrame: n * runLength * step, frames, step, found: frames };
  });
  return {
    skeleton: { keypoints: ['nose'], edges: [] },
    runs,
    read: async run => {
      const from = run.firstFrame / step;
      return new Chunk(
        run,
        { points: bytes(Float32Array.from(points.slice(from, from + run.frames).flat())), times: null },
        1,
      );
    },
  } as Pick<Predictions, 'skeleton' | 'runs' | 'read'> as Predictions;
}

const walk = (frames: number, score = () => 0.9) =>
  Array.from({ length: frames }, (_, i) => [10 * i, 100, score()] as [number, number, number]);

describe('the quality of frames', () => {
  it('is the mean score, and the distance from the middle of both neighbours', async () => {
    const points = walk(20);
    points[9] = [93, 104, 0.5];
    const { frames, scores, jumpsPx } = await frameQuality(predictionsOf(points));
    expect([...frames]).toEqual(points.map((_, i) => i));
    expect(scores[9]).toBeCloseTo(0.5);
    expect(jumpsPx[9]).toBeCloseTo(5, 4);
    expect(jumpsPx[8]).toBeCloseTo(2.5, 4);
    // However fast it walks.
    expect(jumpsPx[4]).toBe(0);
    expect([jumpsPx[0], jumpsPx[19]]).toEqual([Number.NaN, Number.NaN]);
  });

  it('takes frames that are evenly apart for neighbours, and does not look across a gap', async () => {
    const stepped = await frameQuality(predictionsOf(walk(15), { step: 5 }));
    expect([...stepped.jumpsPx].slice(1, -1).every(jump => jump === 0)).toBe(true);
    const gap = predictionsOf(walk(14));
    const late = { ...gap, runs: [gap.runs[0]!, { ...gap.runs[1]!, firstFrame: 700 }] };
    const read: Predictions['read'] = async run =>
      new Chunk(run, { points: new Uint8Array(new Float32Array(21).buffer), times: null }, 1);
    const { jumpsPx } = await frameQuality({ ...late, read });
    expect([jumpsPx[6], jumpsPx[7]]).toEqual([Number.NaN, Number.NaN]);
  });

  it('counts a keypoint that was not found with what its map held, and never as a jump', async () => {
    const points = walk(9);
    points[4] = [Number.NaN, Number.NaN, 0.1];
    const { scores, jumpsPx } = await frameQuality(predictionsOf(points));
    expect(scores[4]).toBeCloseTo(0.1);
    expect(jumpsPx.slice(3, 6)).toEqual(Float32Array.of(Number.NaN, Number.NaN, Number.NaN));
  });
});

describe('suggested frames', () => {
  it('are first the least sure ones, then jumps, then the middle of what is left', async () => {
    const points = walk(400);
    for (const frame of [50, 51, 52, 300]) points[frame]![2] = 0.1;
    points[200]![1] = 160;
    const suggested = suggestFrames(await frameQuality(predictionsOf(points)), 4);
    expect(suggested.map(({ frame, reason }) => [frame, reason])).toEqual([
      [50, 'low_score'],
      [125, 'spread'],
      [200, 'jump'],
      [300, 'low_score'],
    ]);
  });

  it('of a video without faults are spread evenly', async () => {
    const suggested = suggestFrames(await frameQuality(predictionsOf(walk(1000))), 3);
    expect(suggested.map(({ frame, reason }) => [frame, reason])).toEqual([
      [249, 'spread'],
      [499, 'spread'],
      [749, 'spread'],
    ]);
  });

  it('are as many as asked for, or all there are, each once and in order', async () => {
    const frame = fc.tuple(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 120 }), fc.integer({ min: 1, max: 60 }), async (points, count) => {
        const suggested = suggestFrames(await frameQuality(predictionsOf(points)), count);
        const frames = suggested.map(each => each.frame);
        expect(frames).toHaveLength(Math.min(count, points.length));
        expect(frames).toEqual([...new Set(frames)].sort((a, b) => a - b));
      }),
    );
  });
});
