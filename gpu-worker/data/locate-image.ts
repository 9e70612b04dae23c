/**
 * Finds the image a table names among the files of a dataset. Tables carry paths of the machine they were made on
 * (`C:\Users\me\labels\img0.jpg`), so a path is a hint and the file name counts, as in the first service, which looked beside the
 * table only. Names match whatever their case and Unicode form, since Windows and macOS do not keep them.
 * Every look-up is by map: a project of many videos has thousands of images called img000.png.
 */
import { posix } from 'node:path';

type Located = { path: string } | { missing: true } | { ambiguous: string[] };

/** Of a path that are compared; more than people nest, so that a strange archive cannot fill the memory. */
const MOST_PARTS = 16;

/** Finds an image. @param written its path as the table gives it. @param tablePath the table's own path within the dataset. */
export type ImageIndex = (written: string, tablePath: string) => Located;

/**
 * @param paths files of the dataset, relative, with `/`. They are indexed once, for however many tables.
 * @returns what finds the file, in this order: the very path from the table's folder; the file name beside the table; the one file of
 * that name, or the one whose folders agree with the written path the furthest.
 */
export function indexImages(paths: readonly string[]): ImageIndex {
  const exact = new Set(paths);
  let folded: Map<string, string> | undefined;
  let byTail: Map<string, string[]> | undefined;
  return (written, tablePath) => {
    const folder = posix.dirname(tablePath);
    const wanted = written.replaceAll('\\', '/');
    const near = [posix.join(folder, wanted), posix.join(folder, posix.basename(wanted))];
    const same = near.find(path => exact.has(path));
    if (same !== undefined) return { path: same };
    folded ??= indexFolded(paths);
    const alike = near.map(path => folded?.get(fold(path))).find(path => path !== undefined);
    if (alike !== undefined) return { path: alike };
    byTail ??= indexTails(paths);
    const best = tails(wanted)
      .map(tail => byTail?.get(tail))
      .findLast(candidates => candidates !== undefined);
    if (best === undefined) return { missing: true };
    return best.length > 1 ? { ambiguous: best } : { path: best[0]! };
  };
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** The file name, then with its folder, and so on, the longest last. */
function tails(path: string): string[] {
  const parts = fold(path)
    .split('/')
    .filter(part => part !== '')
    .slice(-MOST_PARTS);
  return parts.map((_, i) => parts.slice(parts.length - 1 - i).join('/'));
}

/** The first of those that differ in nothing but case and Unicode form. */
function indexFolded(paths: readonly string[]): Map<string, string> {
  return new Map(paths.map((path): [string, string] => [fold(path), path]).reverse());
}

function indexTails(paths: readonly string[]): Map<string, string[]> {
  const byTail = new Map<string, string[]>();
  for (const path of paths) {
    for (const tail of tails(path)) {
      const others = byTail.get(tail);
      if (others) others.push(path);
      else byTail.set(tail, [path]);
    }
  }
  return byTail;
}
