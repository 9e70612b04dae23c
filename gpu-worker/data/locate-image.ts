/**
 * Finds the image a table names among the files of a dataset. Tables carry paths of the machine they were made on
 * (`C:\Users\me\labels\img0.jpg`), so a path is a hint and the file name counts, as in the first service, which looked beside the
 * table only. Names match whatever their case and Unicode form, since Windows and macOS do not keep them.
 */
import { posix } from 'node:path';

export type Located = { path: string } | { missing: true } | { ambiguous: string[] };

/**
 * @param paths files of the dataset, relative, with `/`.
 * @param tablePath the table's own path among them.
 * @returns for a path as written in the table: the file, in this order: the very path from the table's folder; the file name beside
 * the table; the one file of that name, or the one whose folders agree with the written path the furthest.
 */
export function imageLocator(paths: readonly string[], tablePath: string): (written: string) => Located {
  const folder = posix.dirname(tablePath);
  const byName = new Map<string, string[]>();
  for (const path of paths) {
    const name = fold(posix.basename(path));
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return written => {
    const wanted = written.replaceAll('\\', '/');
    const name = posix.basename(wanted);
    const candidates = byName.get(fold(name)) ?? [];
    const exact = [posix.join(folder, wanted), posix.join(folder, name)];
    const found =
      exact.find(path => candidates.includes(path)) ??
      exact
        .map(fold)
        .map(path => candidates.find(candidate => fold(candidate) === path))
        .find(path => path !== undefined);
    if (found !== undefined) return { path: found };
    const agreement = candidates.map(path => commonTail(path, wanted));
    const best = candidates.filter((_, i) => agreement[i] === Math.max(...agreement));
    if (best.length > 1) return { ambiguous: best };
    return best[0] === undefined ? { missing: true } : { path: best[0] };
  };
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** How many last parts two paths share. */
function commonTail(a: string, b: string): number {
  const [left, right] = [fold(a).split('/').reverse(), fold(b).split('/').reverse()];
  const differing = left.findIndex((part, i) => part !== right[i]);
  return differing === -1 ? left.length : differing;
}
