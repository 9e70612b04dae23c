/** Any part of an HDF5 file of predictions is what the whole file has there, and costs what it touches. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analysisFile } from '../../src/exports/analysis-h5.ts';
import { slpFile } from '../../src/exports/slp.ts';
import { anyPredictions, bytesOf, chainSkeleton, makePredictions } from '../support/hdf5-predictions.ts';

describe.each([
  ['predictions.slp', slpFile],
  ['predictions.analysis.h5', analysisFile],
])('%s in parts', (_, make) => {
  it('has the bytes of the whole in every range', async () => {
    const ends = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    const drawn = fc.tuple(
      anyPredictions,
      fc.integer({ min: 1, max: 9 }),
      fc.array(ends, { minLength: 1, maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(drawn, async ([{ predictions }, blockFrames, ranges]) => {
        const file = make(predictions, { blockFrames });
        const whole = await bytesOf(file);
        expect(whole.length).toBe(await file.measure());
        for (const range of ranges) {
          const [first, last] = range.map(end => Math.floor(end * (whole.length - 1))).sort((a, b) => a - b) as [
            number,
            number,
          ];
          const part = await bytesOf(file, { first, last });
          expect(Buffer.compare(part, whole.subarray(first, last + 1))).toBe(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('reads each stored run once for the whole, and those that a part needs for a part', async () => {
    const shapes = Array.from({ length: 12 }, () => ({ gap: 0, frames: 100, step: 1 }));
    const { predictions, reads } = makePredictions(chainSkeleton(2), shapes);
    const file = make(predictions, { blockFrames: 30 });
    await bytesOf(file);
    expect(reads).toEqual(predictions.runs);
    reads.length = 0;
    const last = file.sizeBytes! - 1;
    await bytesOf(file, { first: last - 10, last });
    expect(reads).toEqual(predictions.runs.slice(-1));
    reads.length = 0;
    await bytesOf(file, { first: 0, last: 99 });
    expect(reads).toEqual([]);
  });
});
