/** The lock of a download: one holder at a time, whatever becomes of its process. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LockLost, withLock } from '../../gpu-worker/weights/lock.ts';
import { scratchFolder } from '../support/scratch.ts';

const QUICK = { touchMs: 20, abandonedMs: 400, pollMs: 10 };
const scratch = scratchFolder();
const lock = () => scratch.path('file.lock');

test('eight at once that all find an abandoned lock work one after the other, and leave nothing behind', async () => {
  await writeFile(lock(), 'of a process that was killed\n');
  let inside = 0;
  const most: number[] = [];
  const work = async () => {
    most.push(++inside);
    await sleep(5);
    inside--;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(lock(), work, { ...QUICK, abandonedMs: 100 })));
  expect(most).toEqual(Array(8).fill(1));
  expect(await readdir(scratch.path())).toEqual([]);
});

test('a lock that is touched is waited for, however long', async () => {
  const order: string[] = [];
  let waits = 0;
  await Promise.all([
    withLock(
      lock(),
      async () => {
        while (waits < 2 * (QUICK.abandonedMs / QUICK.pollMs)) await sleep(5);
        order.push('first');
      },
      QUICK,
    ),
    sleep(50).then(() => withLock(lock(), async () => order.push('second'), { ...QUICK, onWait: () => waits++ })),
  ]);
  expect(order).toEqual(['first', 'second']);
});

test('an empty lock, of a process killed at its creation, is taken over too', async () => {
  await writeFile(lock(), '');
  expect(await withLock(lock(), async () => 'done', QUICK)).toBe('done');
});

test('one killed during a takeover does not block the next', async () => {
  await writeFile(lock(), 'killed\n');
  await writeFile(`${lock()}.takeover`, 'killed as well\n');
  expect(await withLock(lock(), async () => 'done', { ...QUICK, abandonedMs: 50 })).toBe('done');
  expect(await readdir(scratch.path())).toEqual([]);
});

test('an owner who was thought dead finds out, and leaves the lock of the other alone', async () => {
  const silent = withLock(
    lock(),
    async held => {
      let told: unknown = null;
      held.lost.addEventListener('abort', () => (told = held.lost.reason));
      await withLock(
        lock(),
        async () => {
          await expect(held.confirm()).rejects.toThrow(LockLost);
          while (told === null) await sleep(5);
          expect(told).toBeInstanceOf(LockLost);
        },
        { ...QUICK, abandonedMs: 100 },
      );
      await writeFile(lock(), 'of a third one');
    },
    { ...QUICK, touchMs: 500 },
  );
  await silent;
  expect(await readFile(lock(), 'utf8')).toBe('of a third one');
});

test('an error in the work ends the lock, and an abort ends the wait', async () => {
  const failing = withLock(lock(), () => Promise.reject(new Error('the work failed')), QUICK);
  await expect(failing).rejects.toThrow('the work failed');
  expect(existsSync(lock())).toBe(false);

  const abort = new AbortController();
  await withLock(
    lock(),
    async () => {
      const onWait = () => abort.abort(new Error('asked to leave'));
      const waiting = withLock(lock(), async () => {}, { ...QUICK, signal: abort.signal, onWait });
      await expect(waiting).rejects.toThrow('asked to leave');
      expect(existsSync(lock())).toBe(true);
    },
    QUICK,
  );
});
