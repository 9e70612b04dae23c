/** Text files as a whole: their size, any part of them, and how much is read for it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cocoParts } from '../../src/exports/coco.ts';
import { csvParts } from '../../src/exports/csv.ts';
import { dlcCsvParts } from '../../src/exports/dlc-csv.ts';
import { jsonParts, ndjsonParts } from '../../src/exports/json.ts';
import type { Predictions } from '../../src/exports/predictions.ts';
import type { TextParts } from '../../src/exports/text-file.ts';
import { type GivenRun, predictionsOf, textFile, textOf } from '../support/stored-predictions.ts';

const FORMATS: [string, (predictions: Predictions) => TextParts][] = [
  ['json', predictions => jsonParts(predictions, -1)],
  ['json behind a frame', predictions => jsonParts(predictions, 7)],
  ['ndjson', predictions => ndjsonParts(predictions, -1)],
  ['csv', predictions => csvParts(predictions, { emptyFrames: false })],
  ['csv with empty frames', predictions => csvParts(predictions, { emptyFrames: true })],
  ['dlc', dlcCsvParts],
  ['coco', cocoParts],
];

const number = fc.oneof(fc.constant(Number.NaN), fc.float({ min: 0, max: 2000, noNaN: true }));
const frame = fc.tuple(number, number).map(([x, score]) => [x, x, score, Number.NaN, Number.NaN, 0.1]);
/** Runs apart from each other, with gaps and steps. */
const runs = fc
  .array(
    fc.record({
      gap: fc.nat(5),
      step: fc.integer({ min: 1, max: 4 }),
      points: fc.array(frame, { minLength: 1, maxLength: 5 }),
    }),
    { maxLength: 6 },
  )
  .map(given => {
    let next = 0;
    return given.map(({ gap, step, points }): GivenRun => {
      const firstFrame = next + gap;
      next = firstFrame + points.length * step;
      return { firstFrame, step, points };
    });
  });

const many = (count: number): GivenRun[] =>
  Array.from({ length: count }, (_, i) => ({
    firstFrame: i * 200,
    points: Array.from({ length: 200 }, (_, j) => [i, j, 0.5, 1.25, 2.5, 0.75]),
  }));

describe.each(FORMATS)('%s', (_, partsOf) => {
  it('gives any part of itself', async () => {
    await fc.assert(
      fc.asyncProperty(runs, fc.nat(), fc.nat(), async (given, from, to) => {
        const predictions = predictionsOf(given);
        const whole = Buffer.from(await textOf(textFile(predictions, partsOf(predictions))));
        if (whole.length === 0) return;
        const [first, last] = [from % whole.length, to % whole.length].toSorted((a, b) => a - b) as [number, number];
        const file = textFile(predictions, partsOf(predictions));
        expect(await textOf(file, { first, last })).toBe(whole.subarray(first, last + 1).toString());
        expect(file.sizeBytes).toBe(whole.length);
      }),
      { numRuns: 60 },
    );
  });

  it('does not tell its size before it was made or measured', async () => {
    const predictions = predictionsOf(many(3));
    const file = textFile(predictions, partsOf(predictions));
    expect(file.sizeBytes).toBeNull();
    const whole = await textOf(file);
    expect(file.sizeBytes).toBe(Buffer.byteLength(whole));
    const other = textFile(predictions, partsOf(predictions));
    expect(await other.measure()).toBe(Buffer.byteLength(whole));
    expect(other.sizeBytes).toBe(Buffer.byteLength(whole));
  });
});

describe('a text file', () => {
  it('reads no further than it is asked for', async () => {
    const predictions = predictionsOf(many(100));
    const pieces = textFile(predictions, ndjsonParts(predictions, -1)).pieces();
    await pieces.next();
    expect(predictions.reads.length).toBeLessThan(10);
    await pieces.return(undefined);
    expect(predictions.reads.length).toBeLessThan(10);
  });

  it('that was measured reads for a part the runs that it lies in', async () => {
    const predictions = predictionsOf(many(100));
    const file = textFile(predictions, dlcCsvParts(predictions));
    const sizeBytes = await file.measure();
    expect(predictions.reads).toHaveLength(100);
    predictions.reads.length = 0;
    const end = await textOf(file, { first: sizeBytes - 20, last: sizeBytes - 1 });
    expect(end.endsWith('19999,99,199,0.5,1.25,2.5,0.75\n'.slice(-20))).toBe(true);
    expect(predictions.reads).toEqual([19_800]);
    await textOf(file, { first: Math.floor(sizeBytes / 2), last: Math.floor(sizeBytes / 2) + 10 });
    expect(predictions.reads.length).toBeLessThanOrEqual(3);
  });

  it('broken off by who takes it remembers nothing', async () => {
    const predictions = predictionsOf(many(50));
    const file = textFile(predictions, dlcCsvParts(predictions));
    for await (const _ of file.pieces()) break;
    expect(file.sizeBytes).toBeNull();
  });

  it('fails where a run cannot be read, and does not remember half of it', async () => {
    const given = predictionsOf(many(3));
    const read: Predictions['read'] = run =>
      run.firstFrame > 0 ? Promise.reject(new Error('The database is gone.')) : given.read(run);
    const file = textFile({ ...given, read }, dlcCsvParts(given));
    await expect(file.measure()).rejects.toThrow('gone');
    await expect(textOf(file)).rejects.toThrow('gone');
    expect(file.sizeBytes).toBeNull();
  });
});
