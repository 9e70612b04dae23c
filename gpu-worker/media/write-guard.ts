/**
 * What 7-Zip may write, and how much: its target folder is Emscripten's NODEFS, whose operations are wrapped here.
 *
 * They count bytes and entries, and refuse links and file modes (a folder without write permission could not be removed again). 7-Zip
 * itself keeps `../` and absolute names inside the target. Devices and FIFOs of a tar come out as plain files or not at all.
 */
import { AppError } from '../../src/errors.ts';
import { shownName } from './archive-complaint.ts';
import type { EmscriptenFs } from './host-file.ts';
import type { UnpackLimits } from './unpack.ts';

/** The operations of Emscripten's NODEFS that write; 7z-wasm's types leave them out. */
export interface NodeFs {
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

/** Emscripten's file system, whose operations its system calls go through. */
export interface GuardedFs extends EmscriptenFs {
  mkdir(path: string, mode: number): object;
}

const EPERM = 63;
const ENAMETOOLONG = 37;
/** Windows allows 260. Making the folders of a path of 65,000 took 7-Zip 7 s, and a zip may hold thousands of them. */
const MAX_PATH_CHARACTERS = 1000;

/**
 * Makes every write count against the limits. Out of 7-Zip are then thrown: AppError archive_too_large at the write that is too much,
 * archive_invalid at a name that is too long, and an Error when the disk takes no more.
 */
export function guardWrites({ node_ops, stream_ops }: NodeFs, fs: GuardedFs, limits: UnpackLimits): void {
  const count = countBytes(limits);
  let entries = 0;
  const { mknod, setattr } = node_ops;
  const { write, setattr: setOpenFileAttributes } = stream_ops;
  node_ops.mknod = (...entry) => {
    if (++entries > limits.maxEntries) throw tooLarge('MAX_ARCHIVE_ENTRIES', `${limits.maxEntries} files and folders`);
    try {
      return mknod(...entry);
    } catch (cause) {
      throw (cause as { errno?: number }).errno === ENAMETOOLONG ? cause : diskFailed(cause);
    }
  };
  const { mkdir } = fs;
  fs.mkdir = (path, mode) => {
    if (path.length > MAX_PATH_CHARACTERS) throw pathTooLong(path.replace('/out/', ''));
    return mkdir(path, mode);
  };
  stream_ops.write = (stream, heap, at, length, position) => {
    count(length);
    try {
      return write(stream, heap, at, length, position);
    } catch (cause) {
      throw diskFailed(cause);
    }
  };
  // Setting a size reserves room before a byte is written.
  const guarded = ({ mode: _, ...attributes }: Attributes) => {
    if ((attributes.size ?? 0) > limits.maxBytes) throw tooLarge('MAX_ARCHIVE_BYTES', `${limits.maxBytes} bytes`);
    return attributes;
  };
  node_ops.setattr = (node, attributes) => setattr(node, guarded(attributes));
  stream_ops.setattr = (stream, attributes) => setOpenFileAttributes(stream, guarded(attributes));
  node_ops.symlink = () => {
    throw new fs.ErrnoError(EPERM);
  };
}

/** @param extraBytes allowed beyond the limit. @returns counts bytes; throws AppError archive_too_large when they are too many. */
export function countBytes({ maxBytes }: UnpackLimits, extraBytes = 0): (bytes: number) => void {
  let total = 0;
  return bytes => {
    if ((total += bytes) > maxBytes + extraBytes) throw tooLarge('MAX_ARCHIVE_BYTES', `${maxBytes} bytes`);
  };
}

/** 7-Zip would call it an error of the archive. */
function diskFailed(cause: unknown): Error {
  return new Error('The archive could not be unpacked: a write to the disk failed.', { cause });
}

function pathTooLong(path: string): AppError {
  return new AppError('archive_invalid', `The archive holds a path that is too long: "${shownName(path)}".`, {
    remedy: `Give paths of less than ${MAX_PATH_CHARACTERS} characters and pack them again.`,
  });
}

function tooLarge(limit: string, amount: string): AppError {
  return new AppError('archive_too_large', `The archive unpacks to more than ${amount} (${limit}).`, {
    remedy: `Leave out what training does not need, or have the operator raise ${limit}.`,
  });
}
