/**
 * One 7-Zip (7z-wasm) that sees one archive, as a single read-only file, and runs once.
 *
 * The type of the archive is always given, so 7-Zip never tries its other readers on it. It ends with 0, with 1 for warnings, with 2 and
 * lines on stderr, or by throwing a number (an uncaught C++ exception, seen with cut zips) or a trap. A password is always given as well,
 * an empty one if need be: else 7-Zip would wait for somebody to type it.
 */
import SevenZip, { type SevenZipModule } from '7z-wasm';
import { type EmscriptenFs, mountHostFile, mountHostFileWithTail, mountSink } from './host-file.ts';
import { readTailWithUnicodeNames } from './zip-names.ts';

/** As 7-Zip's switch -t calls them. */
export type LayerType = '7z' | 'zip' | 'tar' | 'gzip' | 'xz' | 'bzip2';

const BYTES_AFTER_END = /some data after the end of the payload data/;

export interface Outcome {
  succeeded: boolean;
  /** Died of an exception, often without a line about why. */
  died: boolean;
  /** What it said on stderr, without empty lines. */
  lines: string[];
}

export interface OpenedSevenZip {
  sevenZip: SevenZipModule;
  /** Has what 7-Zip writes to its standard output, in binary, go to `onChunk`; each chunk is valid during the call only. */
  writeOutput(onChunk: (chunk: Uint8Array) => void): void;
  /** Runs it. @param command with its switches. @throws what the mounted files threw, unharmed. */
  run(command: string[]): Outcome;
}

/** @param onLine gets each line of the standard output. @throws the error of node:fs when the archive cannot be opened. */
export async function openSevenZip(
  path: string,
  type: LayerType,
  password: string | null,
  onLine: (line: string) => void = () => {},
): Promise<OpenedSevenZip> {
  const lines: string[] = [];
  const sevenZip = await SevenZip({ print: onLine, printErr: line => lines.push(line.replace(/\/out\//g, '')) });
  const fs = sevenZip.FS as unknown as EmscriptenFs;
  const end = type === 'zip' ? readTailWithUnicodeNames(path) : null;
  const close = end
    ? mountHostFileWithTail(fs, 'archive', path, end.keptBytes, end.tail)
    : mountHostFile(fs, 'archive', path);
  return {
    sevenZip,
    writeOutput(onChunk) {
      mountSink(fs, 'output', onChunk);
      const { streams, close: closeStream, open } = sevenZip.FS as unknown as OpenStreams;
      closeStream(streams[1]!); // the lowest free number is the next one given
      open('/output', 'w');
    },
    run(command) {
      const end = callMain(sevenZip, [...command, '-bd', `-t${type}`, `-p${password ?? ''}`, '--', '/archive']);
      close();
      const said = lines.filter(line => line.trim() !== '' && !BYTES_AFTER_END.test(line));
      // Only in gzip, xz and bzip2 does 7-Zip call this an error; tapes and some servers leave zeros there.
      const onlyTrailing = said.length === 0 && lines.some(line => BYTES_AFTER_END.test(line));
      return { died: end.died, succeeded: end.succeeded || (onlyTrailing && !end.died), lines: said };
    },
  };
}

/** What 7z-wasm's types leave out of its file system. */
interface OpenStreams {
  streams: (object | null)[];
  close(stream: object): void;
  open(path: string, flags: string): object;
}

function callMain(sevenZip: SevenZipModule, command: string[]): Omit<Outcome, 'lines'> {
  try {
    // 7z-wasm's types say void; it is main()'s exit code. 1 means warnings, such as bytes after the archive's end.
    return { succeeded: (sevenZip.callMain(command) as unknown as number) <= 1, died: false };
  } catch (thrown) {
    if (typeof thrown === 'number' || thrown instanceof WebAssembly.RuntimeError)
      return { succeeded: false, died: true };
    throw thrown;
  }
}
