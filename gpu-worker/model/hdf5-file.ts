/**
 * Opens one HDF5 file of this machine with h5wasm (the HDF5 library in WebAssembly) for reading or for writing.
 *
 * An HDF5 file can name other files as the place of its numbers, and files come from outside. So the library runs in its own in-memory file
 * system, where the one file is mounted with random access: it sees no other, and nothing is copied but what it reads (h5wasm's Node build
 * would open any path of the host). h5wasm drops the library's status codes and then returns memory it never filled; all that tells is the
 * report the library prints, which is caught here and thrown.
 */
import { rmSync } from 'node:fs';
import { File, ready } from 'h5wasm';
import { AppError } from '../../src/errors.ts';
import { type EmscriptenFs, mountHostFile, mountNewHostFile, type NewHostFile } from '../media/host-file.ts';

interface Stream {
  stream_ops: object;
}

interface H5Fs extends EmscriptenFs {
  unlink(path: string): void;
  getStream(fd: number): Stream;
}

/** The library's own report of what went wrong. */
class Hdf5Error extends Error {
  override readonly name = 'Hdf5Error';
}

const MOUNTED_NAME = 'model.h5';
const STDERR = 2;
/** Of the library's report; the first lines say what, the rest where in its source. */
const MAX_REPORT_CHARS = 4000;

/**
 * Calls `use` with the open file and closes it. Mode 'w' replaces the file, and removes it if writing fails.
 * @throws Hdf5Error when it is damaged or no HDF5 file; the error of node:fs when the host refuses; what `use` throws.
 */
export async function withHdf5File<T>(hostPath: string, mode: 'r' | 'w', use: (file: File) => T): Promise<T> {
  const fs = (await ready).FS as unknown as H5Fs;
  const mounted: NewHostFile =
    mode === 'r' ? { close: mountHostFile(fs, MOUNTED_NAME, hostPath) } : mountNewHostFile(fs, MOUNTED_NAME, hostPath);
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
