/**
 * The thread behind unpackArchive(): one 7-Zip instance, one archive.
 *
 * 7-Zip sees the archive as a single read-only file and the target folder through Emscripten's NODEFS, whose operations are
 * wrapped here: they count, and they refuse links and file modes (a folder without write permission could not be removed again).
 * 7-Zip itself keeps `../` and absolute names inside the target. It ends with 0, with 2 and lines on stderr, or by throwing a
 * number (an uncaught C++ exception, seen with cut zips) or a trap. Exceptions of the guards pass through it unharmed.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { workerData } from 'node:worker_threads';
import SevenZip, { type SevenZipModule } from '7z-wasm';
import { AppError } from '../../src/errors.ts';
import { type EmscriptenFs, mountHostFile } from './host-file.ts';
import { answer } from './thread.ts';
import type { UnpackedFile, UnpackJob } from './unpack.ts';

/** The operations of Emscripten's NODEFS that write; 7z-wasm's types leave them out. */
interface NodeFs {
  node_ops: {
    mknod(parent: object, name: string, mode: number, device: number): object;
    setattr(node: object, attributes: Attributes): void;
    symlink(): never;
  };
  stream_ops: {
    write(stream: object, heap: Int8Array, at: number, length: number, position: number): number;
    setattr(stream: object, attributes: Attributes): void;
  };
}
interface Attributes {
  mode?: number;
  size?: number;
}

/**
 * Extract all, ask nothing, no progress, no links, empty password (else 7-Zip waits for one). The name's ending makes 7-Zip tell a cut
 * 7z from a file that is no archive; other formats are still found by their content.
 */
const EXTRACT = ['x', '-y', '-bd', '-bso0', '-snl-', '-p', '-o/out', '/archive.7z'];
const EPERM = 63;
/** AES-256 with SHA-256, in 7z's list of methods. */
const AES_CODER = Buffer.from('06f10701', 'hex');

const job: UnpackJob = workerData;
await answer(async () => {
  const { size } = statSync(job.archivePath);
  if (size === 0) throw new AppError('archive_invalid', 'The archive is an empty file (0 bytes).');
  const lines: string[] = [];
  const sevenZip = await SevenZip({ print: () => {}, printErr: line => lines.push(line.replace(/\/out\//g, '')) });
  const fs = sevenZip.FS as unknown as EmscriptenFs;
  const closeArchive = mountHostFile(fs, 'archive.7z', job.archivePath);
  sevenZip.FS.mkdir('/out');
  sevenZip.FS.mount(sevenZip.NODEFS, { root: resolve(job.targetDir) }, '/out');
  guardWrites(sevenZip.NODEFS as unknown as NodeFs, fs);
  const succeeded = extract(sevenZip);
  closeArchive();
  if (!succeeded) throw damage(lines.filter(line => line.trim() !== ''));
  const files = listFiles(resolve(job.targetDir));
  if (files.length === 0) throw new AppError('archive_invalid', 'The archive holds no files.');
  return files;
});

/** Runs 7-Zip. @returns whether it ended well. @throws AppError from the guards. */
function extract(sevenZip: SevenZipModule): boolean {
  try {
    // 7z-wasm's types say void; it is main()'s exit code. 1 means warnings, such as bytes after the archive's end.
    return (sevenZip.callMain(EXTRACT) as unknown as number) <= 1;
  } catch (thrown) {
    if (typeof thrown === 'number' || thrown instanceof WebAssembly.RuntimeError) return false;
    throw thrown;
  }
}

/** Makes every write count against the limits. */
function guardWrites({ node_ops, stream_ops }: NodeFs, fs: EmscriptenFs): void {
  let bytes = 0;
  let entries = 0;
  const { mknod, setattr } = node_ops;
  const { write, setattr: setOpenFileAttributes } = stream_ops;
  node_ops.mknod = (...entry) => {
    if (++entries > job.maxEntries) throw tooLarge('MAX_ARCHIVE_ENTRIES', `${job.maxEntries} files and folders`);
    return mknod(...entry);
  };
  stream_ops.write = (stream, heap, at, length, position) => {
    if ((bytes += length) > job.maxBytes) throw tooLarge('MAX_ARCHIVE_BYTES', `${job.maxBytes} bytes`);
    return write(stream, heap, at, length, position);
  };
  // Setting a size reserves room before a byte is written.
  const guarded = ({ mode: _, ...attributes }: Attributes) => {
    if ((attributes.size ?? 0) > job.maxBytes) throw tooLarge('MAX_ARCHIVE_BYTES', `${job.maxBytes} bytes`);
    return attributes;
  };
  node_ops.setattr = (node, attributes) => setattr(node, guarded(attributes));
  stream_ops.setattr = (stream, attributes) => setOpenFileAttributes(stream, guarded(attributes));
  node_ops.symlink = () => {
    throw new fs.ErrnoError(EPERM);
  };
}

function tooLarge(limit: string, amount: string): AppError {
  return new AppError('archive_too_large', `The archive unpacks to more than ${amount} (${limit}).`, {
    remedy: `Leave out what training does not need, or have the operator raise ${limit}.`,
  });
}

/** What is wrong with the archive, from 7-Zip's lines; with none it died of an exception, which only damage was seen to cause. */
function damage(lines: string[]): AppError {
  const text = lines.join('\n');
  if (/wrong password/i.test(text) || hasEncryptedNames(job.archivePath)) {
    return new AppError('archive_invalid', 'The archive needs a password.', { remedy: 'Pack it without encryption.' });
  }
  if (/unexpected end/i.test(text)) {
    return new AppError('archive_invalid', 'The archive was cut short: its end is missing.', {
      remedy: 'Upload it again; if that does not help, pack it again.',
    });
  }
  if (/not archive|cannot open the file as archive/i.test(text)) {
    return new AppError('archive_invalid', 'The file is not an archive that can be read.', {
      remedy: 'Pack it again: a dataset as .7z, a model as .zip.',
    });
  }
  const [line] = lines;
  const damaged = /^ERROR: (?:CRC Failed|Data Error|Headers Error).*? : (.+)$/m.exec(text);
  if (line && !damaged) {
    return new AppError('archive_invalid', `The archive could not be unpacked: ${line.replace('ERROR: ', '')}.`);
  }
  return new AppError('archive_invalid', `The archive is damaged${damaged ? ` at "${damaged[1]}"` : ''}.`, {
    remedy: 'Pack it again and upload it again.',
  });
}

/**
 * True for a 7z whose list of names is encrypted. The wrong key turns it into noise, on which 7-Zip often dies instead of asking for
 * a password. By 7zFormat.txt: where the end header starts stands at byte 12, its first byte 0x17 says that it is packed itself, and
 * the coders that packed it follow.
 */
function hasEncryptedNames(path: string): boolean {
  const file = openSync(path, 'r');
  const start = Buffer.alloc(32);
  const end = Buffer.alloc(256);
  const is7z = readSync(file, start, 0, 32, 0) === 32 && start.readUInt32BE(0) === 0x377abcaf;
  if (is7z) readSync(file, end, 0, end.length, BigInt.asUintN(48, start.readBigUInt64LE(12)) + 32n);
  closeSync(file);
  return end[0] === 0x17 && end.includes(AES_CODER);
}

function listFiles(root: string): UnpackedFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => ({ path: relative(root, path).split(sep).join('/'), sizeBytes: statSync(path).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
