/**
 * Shows one file of this machine to an Emscripten program (ffmpeg, 7-Zip) as a read-only file with random access.
 *
 * Nothing is copied into the program's memory but what it reads: a 2.75 GB video costs 43 MB of reads to seek in. The program
 * sees this one file, not its folder, which Emscripten's own NODEFS would show it as well. Writing goes elsewhere.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The part of Emscripten's file system object that this service uses. */
export interface EmscriptenFs {
  createFile(parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean): EmscriptenNode;
  readFile(path: string): Uint8Array;
  analyzePath(path: string): { exists: boolean };
  ErrnoError: new (errno: number) => Error;
}

interface EmscriptenNode {
  node_ops: { getattr(node: EmscriptenNode): { size: number } };
  stream_ops: object;
}

interface EmscriptenStream {
  position: number;
}

/** WASI's numbers for what the operations below refuse. */
const EINVAL = 28;
const ESPIPE = 70;

/**
 * Mounts `hostPath` as `/name`.
 * @returns a function that closes the file; call it when the program has ended.
 * @throws the error of node:fs when the file cannot be opened.
 */
export function mountHostFile(fs: EmscriptenFs, name: string, hostPath: string): () => void {
  const fd = openSync(hostPath, 'r');
  const sizeBytes = fstatSync(fd).size;
  const node = fs.createFile('/', name, {}, true, false);
  const { getattr } = node.node_ops;
  node.node_ops = { ...node.node_ops, getattr: asked => ({ ...getattr(asked), size: sizeBytes }) };
  node.stream_ops = {
    llseek(stream: EmscriptenStream, offset: number, whence: number) {
      const position = offset + (whence === 1 ? stream.position : whence === 2 ? sizeBytes : 0);
      if (position < 0) throw new fs.ErrnoError(EINVAL);
      return position;
    },
    read: (_: EmscriptenStream, heap: Int8Array, at: number, length: number, position: number) =>
      readSync(fd, heap, at, length, position),
  };
  return () => closeSync(fd);
}

/**
 * Mounts a write-only stream as `/name`. `onChunk` gets each piece as a view that is valid during the call only; an exception
 * it throws ends the program.
 */
export function mountSink(fs: EmscriptenFs, name: string, onChunk: (chunk: Uint8Array) => void): void {
  fs.createFile('/', name, {}, true, true).stream_ops = {
    // ffmpeg asks where it is, but a stream of raw frames is never written out of order.
    llseek(stream: EmscriptenStream, offset: number, whence: number) {
      if (whence === 2 || (whence === 0 && offset !== stream.position)) throw new fs.ErrnoError(ESPIPE);
      return stream.position;
    },
    write(_: EmscriptenStream, heap: Int8Array, at: number, length: number) {
      onChunk(new Uint8Array(heap.buffer, heap.byteOffset + at, length));
      return length;
    },
  };
}
