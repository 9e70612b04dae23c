/** What a browser loads of the built page, read from Vite's manifest. Bytes, gzipped, script and style together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
const ENTRY = 'index.html';

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

export interface PageSizes {
  /** Before any view is there. */
  frameBytes: number;
  /** By the file of the view: the frame and all that the view loads before it is pressed for more. */
  viewBytes: Record<string, number>;
  /** Whoever opens every view loads so much. */
  allBytes: number;
}

/** @throws Error when the page was not built. */
export function pageSizes(): PageSizes {
  const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(FOLDER, '.vite/manifest.json'), 'utf8'));
  const frame = reach(manifest, [ENTRY]);
  const views = manifest[ENTRY]!.dynamicImports!;
  return {
    frameBytes: sizeOf(frame),
    viewBytes: Object.fromEntries(views.map(view => [view, sizeOf(reach(manifest, [ENTRY, view]))])),
    allBytes: sizeOf(reach(manifest, [ENTRY, ...views])),
  };
}

/** The files of chunks and of all that they import from the start. */
function reach(manifest: Record<string, Chunk>, entries: readonly string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const waiting = [...entries];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const { file, css = [], imports = [] } = manifest[name]!;
    for (const one of name === ENTRY ? [file, ...css, ENTRY] : [file, ...css]) files.add(one);
    waiting.push(...imports);
  }
  return files;
}

function sizeOf(files: ReadonlySet<string>): number {
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(FOLDER, file))).length, 0);
}
