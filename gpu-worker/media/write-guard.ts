/**
 * What 7-Zip may write, and how much: its target folder is Emscripten's NODEFS, whose operations are wrapped here.
 *
 * They count bytes and entries, and refuse links and file modes (a folder without write permission could not be removed again). 7-Zip
 * itself keeps `../` and absolute names inside the target. Devices and FIFOs of a tar come out as plain files or not at all.
 */
import { AppError } from '../../src/errors.ts';
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

const EPERM = 63;

/**
 * Makes every write count against the limits.
 * @throws AppError archive_too_large, out of 7-Zip, at the write that is too much; an Error when the disk takes no more.
 */
export function guardWrites({ node_ops, stream_ops }: NodeFs, fs: EmscriptenFs, limits: UnpackLimits): void {
  const count = countBytes(limits);
  let entries = 0;
  const { mknod, setattr } = node_ops;
  const { write, setattr: setOpenFileAttributes } = stream_ops;
  node_ops.mknod = (...entry) => {
    if (++entries > limits.maxEntries) throw tooLarge('MAX_ARCHIVE_ENTRIES', `${limits.maxEntries} files and folders`);
    return mknod(...entry);
  };
  stream_ops.write = (stream, heap, at, length, position) => {
    count(length);
    try {
      return write(stream, heap, at, length, position);
    } catch (cause) {
      // 7-Zip would call it an error of the archive.
      throw new Error('The archive could not be unpacked: a write to the disk failed.', { cause });
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

function tooLarge(limit: string, amount: string): AppError {
  return new AppError('archive_too_large', `The archive unpacks to more than ${amount} (${limit}).`, {
    remedy: `Leave out what training does not need, or have the operator raise ${limit}.`,
  });
}
