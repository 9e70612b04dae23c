/**
 * The files of a dropped folder: which of them belong to the dataset, in an order that is the same each time, so that the same folder is packed into
 * the same bytes and its upload can be gone on with. What file managers and version control leave behind is left out, and told.
 */

export interface FolderFile {
  /** With the folder's own name in front, parted by `/`. */
  path: string;
  file: File;
}

export interface FolderFiles {
  files: FolderFile[];
  /** Paths that are not packed. */
  leftOut: string[];
}

const JUNK_FILES = /^(\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*)$/i;
const JUNK_FOLDERS = new Set(['__MACOSX', '.git', '.svn', '.Spotlight-V100', '.Trashes', '.ipynb_checkpoints']);

/** @param path parted by `/`. */
export function isJunk(path: string): boolean {
  const parts = path.split('/');
  return JUNK_FILES.test(parts.at(-1)!) || parts.slice(0, -1).some(folder => JUNK_FOLDERS.has(folder));
}

/** Sorted by path, code unit by code unit: any other order depends on the language of the browser. */
export function sortOut(found: readonly FolderFile[]): FolderFiles {
  const sorted = found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    files: sorted.filter(({ path }) => !isJunk(path)),
    leftOut: sorted.filter(({ path }) => isJunk(path)).map(({ path }) => path),
  };
}
