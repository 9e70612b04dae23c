/** What a browser loads of the built page, read from Vite's manifest: the first load, all views, and the parts that somebody has to press for. Bytes, gzipped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const FOLDER = fileURLToPath(new URL('../../dist/web', import.meta.url));
/** Modules of packages that come as large parts when they are asked for: TensorFlow.js, ffmpeg, libarchive. */
const OPTIONAL = /^(web\/)?(try-here\/|player\/convert|new-training\/archive)|@tensorflow|@ffmpeg|libarchive/;

interface Chunk {
  file: string;
  src?: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
}

export interface PageSizes {
  /** Script and style before any view is there. */
  firstLoadBytes: number;
  /** Of all views together, the first load among them, without the optional parts. */
  allViewsBytes: number;
  /** By the entry of the chunk. */
  views: Record<string, number>;
  /** Those that are left out of the above. */
  optional: string[];
}

export function pageSizes(): PageSizes {
  const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(FOLDER, '.vite/manifest.json'), 'utf8'));
  const first = reach(manifest, 'index.html');
  const views: Record<string, number> = {};
  const optional: string[] = [];
  const all = new Set(first);
  const waiting = dynamicOf(manifest, first);
  const seen = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (OPTIONAL.test(name)) {
      optional.push(name);
      continue;
    }
    const files = reach(manifest, name);
    views[name] = sizeOf([...files].filter(file => !first.has(file)));
    for (const file of files) all.add(file);
    waiting.push(...dynamicOf(manifest, files));
  }
  return { firstLoadBytes: sizeOf([...first]), allViewsBytes: sizeOf([...all]), views, optional };
}

/** The files of a chunk and of all that it imports from the start. */
function reach(manifest: Record<string, Chunk>, entry: string): Set<string> {
  const files = new Set<string>();
  const waiting = [entry];
  const seen = new Set<string>();
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const { file, css = [], imports = [] } = manifest[name]!;
    for (const one of [file, ...css]) files.add(one);
    waiting.push(...imports);
  }
  return files;
}

function dynamicOf(manifest: Record<string, Chunk>, files: ReadonlySet<string>): string[] {
  return Object.values(manifest).flatMap(chunk => (files.has(chunk.file) ? (chunk.dynamicImports ?? []) : []));
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(FOLDER, file))).length, 0);
}
