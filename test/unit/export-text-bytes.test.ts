/** Numbers written as bytes: digit for digit those that the language would write, in buffers that are given away. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rounded } from '../../src/exports/chunk.ts';
import { TextBytes } from '../../src/exports/text-bytes.ts';

function written(write: (out: TextBytes) => void): string {
  const out = new TextBytes();
  write(out);
  return Buffer.from(out.take()).toString();
}
const number = (value: number) => written(out => out.number(value));

it.each([
  [0, '0'],
  [-0, '0'],
  [-0.00001, '0'],
  [1, '1'],
  [10, '10'],
  [0.5, '0.5'],
  [0.0001, '0.0001'],
  [0.00005, '0.0001'],
  [0.00004, '0'],
  [-0.0301, '-0.0301'],
  [2.123456, '2.1235'],
  [99.99995, '100'],
  [1919.25, '1919.25'],
  [214748.3647, '214748.3647'],
  [214748.3648, '214748.3648'],
  [-214748.3648, '-214748.3648'],
  [123456789.5, '123456789.5'],
  [1e16, '10000000000000000'],
])('%d is %s', (value, text) => {
  expect(number(value)).toBe(text);
});

it('what is no number is nothing', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expect(number(value)).toBe('');
});

it('every number is the one that JSON has', () => {
  const inVideo = fc.float({ min: -4096, max: 4096, noNaN: true });
  const any = fc.oneof(
    inVideo,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ min: 0, max: 1, noNaN: true }),
  );
  fc.assert(
    fc.property(any, value => {
      expect(number(value)).toBe(rounded(value));
    }),
    { numRuns: 5000 },
  );
});

it('every whole number is written', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), value => {
      expect(written(out => out.integer(value))).toBe(String(value));
    }),
  );
});

it('a text longer than a piece is there whole', () => {
  const long = 'ä'.repeat(500_000);
  const text = written(out => {
    out.text('a');
    out.text(long);
    out.number(0.5);
  });
  expect(text).toBe(`a${long}0.5`);
});

it('what was taken stays as it is', () => {
  const out = new TextBytes();
  out.text('first');
  const first = out.take();
  out.text('second');
  expect(out.length).toBe(6);
  expect(Buffer.from(first).toString()).toBe('first');
});
