import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentRange, parseByteRange } from '../../src/http/byte-range.ts';

describe('a Range header', () => {
  it.each([
    ['bytes=0-499', { first: 0, last: 499 }],
    ['bytes=500-999', { first: 500, last: 999 }],
    ['bytes=-500', { first: 500, last: 999 }],
    ['bytes=500-', { first: 500, last: 999 }],
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=-1', { first: 999, last: 999 }],
    ['bytes=990-2000', { first: 990, last: 999 }],
    ['bytes=-2000', { first: 0, last: 999 }],
    ['Bytes= 0-1 ', { first: 0, last: 1 }],
    [`bytes=5-${'9'.repeat(400)}`, { first: 5, last: 999 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-1001', 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    // The whole file, as if there were none: malformed, another unit, several ranges.
    ['bytes=5-4', null],
    ['bytes=-', null],
    ['bytes=a-b', null],
    ['bytes=0x1-2', null],
    ['bytes 0-1', null],
    ['frames=0-1', null],
    ['bytes=0-0,-1', null],
    ['bytes=--1', null],
    ['', null],
    [undefined, null],
  ] as const)('%s of 1000 bytes', (header, expected) => {
    expect(parseByteRange(header, 1000)).toEqual(expected);
  });

  it('of a file without bytes never has one', () => {
    for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) expect(parseByteRange(header, 0)).toBe('unsatisfiable');
  });

  const sizes = fc.integer({ min: 0, max: 5000 });
  const ends = fc.option(fc.integer({ min: 0, max: 6000 }), { nil: undefined });

  it('names the bytes that a slice of the file would have', () => {
    fc.assert(
      fc.property(sizes, ends, ends, (sizeBytes, from, to) => {
        fc.pre(from !== undefined || to !== undefined);
        const all = Array.from({ length: sizeBytes }, (_, i) => i);
        const expected =
          from === undefined ? all.slice(Math.max(0, sizeBytes - to!)) : all.slice(from, (to ?? sizeBytes) + 1);
        const range = parseByteRange(`bytes=${from ?? ''}-${to ?? ''}`, sizeBytes);
        if (from !== undefined && to !== undefined && to < from) expect(range).toBeNull();
        else if (expected.length === 0) expect(range).toBe('unsatisfiable');
        else expect(range).toEqual({ first: expected[0], last: expected.at(-1) });
      }),
    );
  });

  it('whatever it says, gives a range within the file, or none', () => {
    const garbage = fc.oneof(fc.string(), fc.stringMatching(/^bytes=[-0-9, ]{0,12}$/));
    fc.assert(
      fc.property(garbage, sizes, (header, sizeBytes) => {
        const range = parseByteRange(header, sizeBytes);
        if (range === null || range === 'unsatisfiable') return;
        expect(range.first).toBeGreaterThanOrEqual(0);
        expect(range.first).toBeLessThanOrEqual(range.last);
        expect(range.last).toBeLessThan(sizeBytes);
      }),
      { numRuns: 2000 },
    );
  });
});

it('the answer names its part and the size of the whole', () => {
  expect(contentRange({ first: 2, last: 5 }, 10)).toBe('bytes 2-5/10');
  expect(contentRange('unsatisfiable', 10)).toBe('bytes */10');
});
