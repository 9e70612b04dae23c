/** What is remembered of the sizes of files: so much and no more, and measured once for all who ask at the same time. */
import { expect, it, vi } from 'vitest';
import { MeasuredFiles } from '../../src/exports/measured-files.ts';

/** Costs ten numbers and those of the tag. */
const offsets = () => new Float64Array(10);

it('forgets what was used longest ago when there is too much', () => {
  const files = new MeasuredFiles(3 * 42);
  for (const tag of ['a', 'b', 'c']) files.add(tag, offsets());
  expect(files.get('a')).toBeDefined();
  files.add('d', offsets());
  expect(['a', 'b', 'c', 'd'].filter(tag => files.get(tag))).toEqual(['a', 'c', 'd']);
});

it('does not count a file twice that is measured twice', () => {
  const files = new MeasuredFiles(2 * 42);
  for (const tag of ['a', 'b', 'a', 'b', 'b']) files.add(tag, offsets());
  expect(['a', 'b'].filter(tag => files.get(tag))).toEqual(['a', 'b']);
});

it('does not keep a file that is larger than all it may keep', () => {
  const files = new MeasuredFiles(40);
  files.add('a', offsets());
  expect(files.get('a')).toBeUndefined();
});

it('measures once for all who ask meanwhile, and again after it failed', async () => {
  const files = new MeasuredFiles();
  const failing = vi.fn(() => Promise.reject(new Error('The database is gone.')));
  await expect(files.measured('a', failing)).rejects.toThrow('gone');
  const measure = vi.fn(async () => {
    const found = offsets();
    files.add('a', found);
    return found;
  });
  await Promise.all([1, 2, 3].map(() => files.measured('a', measure)));
  await files.measured('a', measure);
  expect([failing.mock.calls.length, measure.mock.calls.length]).toEqual([1, 1]);
});
