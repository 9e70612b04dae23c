/**
 * Opens one HDF5 file of this machine with h5wasm (the HDF5 library in WebAssembly) for reading or for writing.
 *
 * An HDF5 file can name other files as the place of its numbers, and files come from outside. So the library runs in its own in-memory file
 * system, where the one file is mounted with random access: it sees no other, and nothing is copied but what it reads (h5wasm's Node build
 * would open any path of the host). h5wasm drops the library's status codes and then returns memory it never filled; all that tells is the
 * report the library prints, which is caught here and thrown.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { File, ready } from 'h5wasm';
import { AppError } from '../../src/errors.ts';
import { type EmscriptenFs, mountHostFile } from '../media/host-file.ts';

type Node = ReturnType<EmscriptenFs['createFile']> & {
  node_ops: { setattr(node: Node, change: { size?: number }): void };
};

interface Stream {
  position: number;
  stream_ops: object;
}

interface H5Fs extends EmscriptenFs {
  createFile(...args: Parameters<EmscriptenFs['createFile']>): Node;
  unlink(path: string): void;
  getStream(fd: number): Stream;
}

interface Mounted {
  close(): void;
  /** The first error of the host while the file was written. */
  failure?: unknown;
}

/** The library's own report of what went wrong. */
class Hdf5Error extends Error {
  override readonly name = 'Hdf5Error';
}

const MOUNTED_NAME = 'model.h5';
const STDERR = 2;
/** Of the library's report; the first lines say what, the rest where in its source. */
const MAX_REPORT_CHARS = 4000;
/** WASI's numbers. */
const EINVAL = 28;
const EIO = 29;

/**
 * Calls `use` with the open file and closes it. Mode 'w' replaces the file, and removes it if writing fails.
 * @throws Hdf5Error when it is damaged or no HDF5 file; the error of node:fs when the host refuses; what `use` throws.
 */
export async function withHdf5File<T>(hostPath: string, mode: 'r' | 'w', use: (file: File) => T): Promise<T> {
  const fs = (await ready).FS as unknown as H5Fs;
  const mounted: Mounted =
    mode === 'r' ? { close: mountHostFile(fs, MOUNTED_NAME, hostPath) } : mountNewFile(fs, hostPath);
  const report = catchReport(fs);
  let complete = false;
  try {
    const result = useFile(mode, use);
    if (mounted.failure || report.text) throw new Hdf5Error(report.text);
    complete = true;
    return result;
  } catch (thrown) {
    if (mounted.failure) throw mounted.failure;
    throw report.text && !(thrown instanceof AppError) ? new Hdf5Error(report.text, { cause: thrown }) : thrown;
  } finally {
    report.release();
    fs.unlink(`/${MOUNTED_NAME}`);
    mounted.close();
    if (mode === 'w' && !complete) rmSync(hostPath, { force: true });
  }
}

function useFile<T>(mode: 'r' | 'w', use: (file: File) => T): T {
  const file = new File(`/${MOUNTED_NAME}`, mode);
  if (file.file_id < 0n) throw new Hdf5Error('The library did not open the file.');
  try {
    return use(file);
  } finally {
    file.close();
  }
}

/** What the library prints from now on, instead of the log. */
function catchReport(fs: H5Fs): { text: string; release(): void } {
  const stderr = fs.getStream(STDERR);
  const was = stderr.stream_ops;
  const decoder = new TextDecoder();
  const report = {
    text: '',
    release() {
      stderr.stream_ops = was;
    },
  };
  stderr.stream_ops = {
    ...was,
    write(_: Stream, heap: Int8Array, at: number, length: number) {
      if (report.text.length < MAX_REPORT_CHARS)
        report.text += decoder.decode(new Uint8Array(heap.buffer, heap.byteOffset + at, length), { stream: true });
      return length;
    },
  };
  return report;
}

/** Mounts a new file of the host for writing; HDF5 reads back and changes what it wrote. */
function mountNewFile(fs: H5Fs, hostPath: string): Mounted {
  const fd = openSync(hostPath, 'w+');
  const mounted: Mounted = { close: () => closeSync(fd) };
  const sizeBytes = () => fstatSync(fd).size;
  const node = fs.createFile('/', MOUNTED_NAME, {}, true, true);
  const { getattr, setattr } = node.node_ops;
  node.node_ops = {
    ...node.node_ops,
    getattr: asked => ({ ...getattr(asked), size: sizeBytes() }),
    setattr(asked, change) {
      if (change.size === undefined) setattr(asked, change);
      else ftruncateSync(fd, change.size);
    },
  };
  node.stream_ops = {
    llseek(stream: Stream, offset: number, whence: number) {
      const position = offset + (whence === 1 ? stream.position : whence === 2 ? sizeBytes() : 0);
      if (position < 0) throw new fs.ErrnoError(EINVAL);
      return position;
    },
    read: (_: Stream, heap: Int8Array, at: number, length: number, position: number) =>
      readSync(fd, heap, at, length, position),
    write(_: Stream, heap: Int8Array, at: number, length: number, position: number) {
      try {
        return writeSync(fd, heap, at, length, position);
      } catch (error) {
        mounted.failure ??= error;
        throw new fs.ErrnoError(EIO);
      }
    },
  };
  return mounted;
}
