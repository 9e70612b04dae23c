/**
 * Shows files of this machine, and streams, to an Emscripten program (ffmpeg, 7-Zip, HDF5): a file to read or to write with random access,
 * a stream that comes in or goes out.
 *
 * Nothing is copied into the program's memory but what it reads: a 2.75 GB video costs 43 MB of reads to seek in. The program
 * sees the one file, not its folder, which Emscripten's own NODEFS would show it as well.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** The part of Emscripten's file system object that this service uses. */
export interface EmscriptenFs {
  createFile(parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean): EmscriptenNode;
  readFile(path: string): Uint8Array;
  analyzePath(path: string): { exists: boolean };
  ErrnoError: new (errno: number) => Error;
}

interface EmscriptenNode {
  node_ops: {
    getattr(node: EmscriptenNode): { size: number };
    setattr(node: EmscriptenNode, change: { size?: number }): void;
  };
  stream_ops: {
    llseek(stream: EmscriptenStream, offset: number, whence: number): number;
    read?(stream: EmscriptenStream, heap: Int8Array, at: number, length: number, position: number): number;
    write?(stream: EmscriptenStream, heap: Int8Array, at: number, length: number, position: number): number;
  };
}

interface EmscriptenStream {
  position: number;
}

/** WASI's numbers for what the operations below refuse. */
const EINVAL = 28;
const EIO = 29;
const ESPIPE = 70;

/**
 * Mounts `hostPath` as `/name`. `onRead` is told of the bytes that the program reads.
 * @returns a function that closes the file; call it when the program has ended.
 * @throws the error of node:fs when the file cannot be opened.
 */
export function mountHostFile(
  fs: EmscriptenFs,
  name: string,
  hostPath: string,
  onRead: (bytes: number) => void = () => {},
): () => void {
  const fd = openSync(hostPath, 'r');
  const sizeBytes = fstatSync(fd).size;
  const node = fs.createFile('/', name, {}, true, false);
  showFile(fs, node, fd, () => sizeBytes);
  node.stream_ops.read = (_, heap, at, length, position) => {
    const bytes = readSync(fd, heap, at, length, position);
    onRead(bytes);
    return bytes;
  };
  return () => closeSync(fd);
}

/**
 * Mounts `hostPath` as `/name` with another end: its first `keptBytes` bytes, then `tail`.
 * @returns as mountHostFile(), which see.
 */
export function mountHostFileWithTail(
  fs: EmscriptenFs,
  name: string,
  hostPath: string,
  keptBytes: number,
  tail: Uint8Array,
): () => void {
  const fd = openSync(hostPath, 'r');
  const node = fs.createFile('/', name, {}, true, false);
  showFile(fs, node, fd, () => keptBytes + tail.length);
  node.stream_ops.read = (_, heap, at, length, position) => {
    if (position < keptBytes) return readSync(fd, heap, at, Math.min(length, keptBytes - position), position);
    const bytes = tail.subarray(position - keptBytes, position - keptBytes + length);
    heap.set(bytes, at);
    return bytes.length;
  };
  return () => closeSync(fd);
}

/** A file that a program writes. */
export interface NewHostFile {
  close(): void;
  /** The first error of the host while the file was written; the program saw an input/output error. */
  failure?: unknown;
}

/**
 * Makes an empty file `hostPath` and mounts it as `/name`, for programs that read back and change what they wrote. Close it when the
 * program has ended.
 * @throws the error of node:fs when the file cannot be made.
 */
export function mountNewHostFile(fs: EmscriptenFs, name: string, hostPath: string): NewHostFile {
  const fd = openSync(hostPath, 'w+');
  const file: NewHostFile = { close: () => closeSync(fd) };
  const node = fs.createFile('/', name, {}, true, true);
  showFile(fs, node, fd, () => fstatSync(fd).size);
  const { setattr } = node.node_ops;
  node.node_ops.setattr = (asked, change) => {
    if (change.size === undefined) setattr(asked, change);
    else ftruncateSync(fd, change.size);
  };
  node.stream_ops.write = (_, heap, at, length, position) => {
    try {
      return writeSync(fd, heap, at, length, position);
    } catch (error) {
      file.failure ??= error;
      throw new fs.ErrnoError(EIO);
    }
  };
  return file;
}

function showFile(fs: EmscriptenFs, node: EmscriptenNode, fd: number, sizeBytes: () => number): void {
  const { getattr } = node.node_ops;
  node.node_ops = { ...node.node_ops, getattr: asked => ({ ...getattr(asked), size: sizeBytes() }) };
  node.stream_ops = {
    llseek(stream, offset, whence) {
      const position = offset + (whence === 1 ? stream.position : whence === 2 ? sizeBytes() : 0);
      if (position < 0) throw new fs.ErrnoError(EINVAL);
      return position;
    },
    read: (_, heap, at, length, position) => readSync(fd, heap, at, length, position),
  };
}

/**
 * Mounts a read-only stream as `/name`. `fill` writes the next bytes into what it is given, may block until there are some, and
 * returns how many they are; 0 is the end.
 */
export function mountSource(fs: EmscriptenFs, name: string, fill: (into: Uint8Array) => number): void {
  fs.createFile('/', name, {}, true, false).stream_ops = {
    llseek() {
      throw new fs.ErrnoError(ESPIPE);
    },
    read: (_, heap, at, length) => fill(new Uint8Array(heap.buffer, heap.byteOffset + at, length)),
  };
}

/**
 * Mounts a write-only stream as `/name`. `onChunk` gets each piece as a view that is valid during the call only; an exception
 * it throws ends the program.
 */
export function mountSink(fs: EmscriptenFs, name: string, onChunk: (chunk: Uint8Array) => void): void {
  fs.createFile('/', name, {}, true, true).stream_ops = {
    // ffmpeg asks where it is, but a stream of raw frames is never written out of order.
    llseek(stream, offset, whence) {
      if (whence === 2 || (whence === 0 && offset !== stream.position)) throw new fs.ErrnoError(ESPIPE);
      return stream.position;
    },
    write(_, heap, at, length) {
      onChunk(new Uint8Array(heap.buffer, heap.byteOffset + at, length));
      return length;
    },
  };
}
