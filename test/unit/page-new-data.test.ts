/** What the page does with a folder before it is sent: sorting out, packing, telling what it holds, and the speed of sending. */
import { describe, expect, test } from 'vitest';
import { contentsOf } from '../../web/new-training/contents.ts';
import { type FolderFile, sortOut } from '../../web/new-training/folder-files.ts';
import { gatherChosen } from '../../web/new-training/gather-files.ts';
import { packFolder, UnreadableFile } from '../../web/new-training/pack-folder.ts';
import { SendSpeed } from '../../web/new-training/send-speed.ts';
import { scratchFolder } from '../support/scratch.ts';
import { contentOf, unpackBytes } from '../support/unpack-here.ts';

const scratch = scratchFolder();
const lastModified = Date.UTC(2026, 4, 1);
const fileOf = (path: string, content: string | Uint8Array<ArrayBuffer> = path): FolderFile => ({
  path,
  file: new File([content], path.split('/').at(-1)!, { lastModified }),
});
const pathsOf = (files: readonly FolderFile[]) => files.map(({ path }) => path);

test('what file managers and version control leave behind is left out and told, in the same order each time', () => {
  const junk = ['mice/.DS_Store', 'mice/.git/config', 'mice/Thumbs.db', 'mice/__MACOSX/b/._x', 'mice/b/._img.png'];
  const kept = ['mice/B.csv', 'mice/a/x.png', 'mice/b/.labels.csv', 'mice/git/Thumbs.png'];
  const { files, leftOut } = sortOut([...junk, ...kept].reverse().map(path => fileOf(path)));
  expect(pathsOf(files)).toEqual(kept);
  expect(leftOut).toEqual(junk);
});

test('one chosen file goes as it is, a chosen folder keeps its name, loose files are packed together', () => {
  // A property of browsers, which Node's File has not.
  const from = (path: string, webkitRelativePath: string) =>
    Object.defineProperty(fileOf(path).file, 'webkitRelativePath', { value: webkitRelativePath });
  const inFolder = (path: string) => from(path, path);
  const loose = (name: string) => from(name, '');
  expect(gatherChosen([])).toBeNull();
  expect(gatherChosen([loose('a.7z')])).toMatchObject({ kind: 'file', file: { name: 'a.7z' } });
  expect(gatherChosen([inFolder('mice/labels.csv')])).toMatchObject({ kind: 'folder', name: 'mice' });
  const together = gatherChosen([loose('v.mp4'), loose('a.slp')]);
  expect(together).toMatchObject({ name: 'dataset', files: [{ path: 'a.slp' }, { path: 'v.mp4' }] });
});

describe('packing', () => {
  const options = { signal: new AbortController().signal, onProgress: () => {} };
  const noise = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
  const folder = (change = '') => [
    fileOf('mice/img.jpg', noise),
    fileOf('mice/пустой.txt', ''),
    fileOf('mice/labels.csv', `a,b${change}`),
  ];

  test('the zip holds every file as it is, in any language, empty ones too', async () => {
    const { zip } = await packFolder(folder(), options);
    const unpacked = await contentOf(await unpackBytes(scratch.path(), new Uint8Array(await zip.arrayBuffer())));
    expect(Object.keys(unpacked).sort()).toEqual(['mice/img.jpg', 'mice/labels.csv', 'mice/пустой.txt']);
    expect(Buffer.from(unpacked['mice/img.jpg']!).equals(Buffer.from(noise))).toBe(true);
    expect(Buffer.from(unpacked['mice/labels.csv']!).toString()).toBe('a,b');
  });

  test('the same files give the same bytes and fingerprint, one changed byte another', async () => {
    const [once, again, changed] = await Promise.all(
      [folder(), folder(), folder('c')].map(f => packFolder(f, options)),
    );
    expect(again!.fingerprint).toBe(once!.fingerprint);
    expect(Buffer.from(await again!.zip.arrayBuffer()).equals(Buffer.from(await once!.zip.arrayBuffer()))).toBe(true);
    expect(changed!.fingerprint).not.toBe(once!.fingerprint);
  });

  test('progress tells every byte that was read, and a stop ends it', async () => {
    let readBytes = 0;
    const stop = new AbortController();
    await packFolder(folder(), { signal: stop.signal, onProgress: bytes => (readBytes = bytes) });
    expect(readBytes).toBe(300_003);
    stop.abort(new Error('enough'));
    await expect(packFolder(folder(), { signal: stop.signal, onProgress: () => {} })).rejects.toThrow('enough');
  });

  test('a file that cannot be read is named', async () => {
    const gone = fileOf('mice/gone.png');
    Object.defineProperty(gone.file, 'stream', {
      value: () => new ReadableStream({ start: controller => controller.error(new Error('moved away')) }),
    });
    const packing = packFolder([...folder(), gone], options);
    await expect(packing).rejects.toBeInstanceOf(UnreadableFile);
    await expect(packing).rejects.toMatchObject({ path: 'mice/gone.png', cause: { message: 'moved away' } });
  });
});

test('names tell pictures, videos and what may be labels; skeletons and groups are none', () => {
  const paths = [
    'a/1.PNG',
    'a/2.jpeg',
    'a/v.mp4',
    'a/labels.csv',
    'a/skeleton.csv',
    'groups.csv',
    'b.pkg.slp',
    'x.json',
  ];
  expect(contentsOf(paths)).toEqual({
    files: 8,
    pictures: 2,
    videos: 1,
    labelFiles: ['a/labels.csv', 'b.pkg.slp', 'x.json'],
  });
});

test('the speed of sending is that of the last seconds, and is not told from a single moment', () => {
  const speed = new SendSpeed();
  expect(speed.bytesPerSecond()).toBeNull();
  speed.mark(0, 0);
  speed.mark(10, 100);
  expect(speed.secondsLeft(1000)).toBeNull();
  speed.mark(1000, 1000);
  expect(speed.bytesPerSecond()).toBe(1000);
  // Lunch.
  speed.mark(1000, 3_600_000);
  speed.mark(1400, 3_602_000);
  expect(speed.bytesPerSecond()).toBe(200);
  expect(speed.secondsLeft(2000)).toBe(3);
});
