import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../src/exports/chunk.ts';
import type { StoredRun } from '../../src/exports/predictions.ts';
import { readAhead } from '../../src/exports/read-ahead.ts';

function reader(count: number) {
  const runs: StoredRun[] = Array.from({ length: count }, (_, i) => ({ firstFrame: i, frames: 1, step: 1, found: 1 }));
  const reads: number[] = [];
  const read = readAhead(runs, async ({ firstFrame }) => {
    reads.push(firstFrame);
    if (firstFrame === 4) throw new Error('broken');
    return firstFrame as unknown as Chunk;
  });
  return { reads, read: (i: number) => read(runs[i]!) as unknown as Promise<number> };
}

describe('runs read ahead', () => {
  it('are each read once, in order, and one before it is asked for', async () => {
    const { reads, read } = reader(4);
    expect([await read(0), [...reads]]).toEqual([0, [0]]);
    expect([await read(1), [...reads]]).toEqual([1, [0, 1, 2]]);
    expect([await read(2), [...reads]]).toEqual([2, [0, 1, 2, 3]]);
    expect([await read(3), [...reads]]).toEqual([3, [0, 1, 2, 3]]);
  });

  it('are none where somebody reads here and there', async () => {
    const { reads, read } = reader(9);
    for (const i of [7, 3, 8, 0, 5]) expect(await read(i)).toBe(i);
    expect(reads).toEqual([7, 3, 8, 0, 5]);
  });

  it('tell of a failure only whoever asks for the run', async () => {
    const { read } = reader(6);
    for (const i of [0, 1, 2, 3]) await read(i);
    await new Promise(resolve => setTimeout(resolve, 5));
    await expect(read(4)).rejects.toThrow('broken');
    expect(await read(5)).toBe(5);
  });
});
