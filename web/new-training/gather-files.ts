/**
 * What a person dropped or chose: one file that goes as it is, or several, of a folder or loose, that are packed. A dropped folder comes as
 * entries (File and Directory Entries API), a chosen one as files with `webkitRelativePath`; both end as paths and files here.
 */
import { type FolderFile, type FolderFiles, sortOut } from './folder-files.ts';
import { UnreadableFile } from './pack-folder.ts';

export type Gathered =
  | { kind: 'file'; file: File }
  /** `name` without an ending, for the name of the zip. */
  | ({ kind: 'folder'; name: string } & FolderFiles);

/** @returns null where nothing was dropped that has bytes, such as a link or text. @throws UnreadableFile. */
export async function gatherDropped(transfer: DataTransfer): Promise<Gathered | null> {
  // The list is emptied as soon as the event is over: entries are taken before anything is waited for.
  const { files } = transfer;
  const entries = Array.from(transfer.items, item => item.webkitGetAsEntry()).filter(entry => entry !== null);
  const [first] = entries;
  // What comes from no file system, as out of a mail, has files only.
  if (first === undefined) return gatherChosen(files);
  if (entries.length === 1 && first.isFile) return { kind: 'file', file: await fileOf(first as FileSystemFileEntry) };
  const found = (await Promise.all(entries.map(filesUnder))).flat();
  return { kind: 'folder', name: entries.length === 1 ? first.name : 'dataset', ...sortOut(found) };
}

/** @returns null where the dialog was left with nothing. */
export function gatherChosen(list: Iterable<File>): Gathered | null {
  const files = Array.from(list);
  const [first] = files;
  if (first === undefined) return null;
  const [folder, ...rest] = first.webkitRelativePath.split('/');
  if (files.length === 1 && rest.length === 0) return { kind: 'file', file: first };
  const found = files.map(file => ({ path: file.webkitRelativePath || file.name, file }));
  return { kind: 'folder', name: folder || 'dataset', ...sortOut(found) };
}

async function filesUnder(entry: FileSystemEntry): Promise<FolderFile[]> {
  if (entry.isFile) return [{ path: entry.fullPath.slice(1), file: await fileOf(entry as FileSystemFileEntry) }];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FolderFile[] = [];
  // A directory is read in portions of a hundred or so, until there is an empty one.
  for (;;) {
    const portion = await readable(entry, new Promise<FileSystemEntry[]>((...told) => reader.readEntries(...told)));
    if (portion.length === 0) return found;
    found.push(...(await Promise.all(portion.map(filesUnder))).flat());
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return readable(entry, new Promise((...told) => entry.file(...told)));
}

async function readable<T>({ fullPath }: FileSystemEntry, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    throw new UnreadableFile(fullPath.slice(1), cause);
  }
}
