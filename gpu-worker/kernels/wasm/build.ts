/**
 * `npm run build:kernels`: compiles assembly/ with AssemblyScript into two modules, with and without relaxed SIMD. Both lie in the repository, so that nobody
 * who runs the service needs a compiler; a test compiles them again and compares (test/worker/wasm-module.test.ts).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { main as asc } from 'assemblyscript/asc';

export const VARIANTS = ['simd', 'relaxed-simd'] as const;
export type Variant = (typeof VARIANTS)[number];

const HERE = new URL('./', import.meta.url);

export const moduleFile = (variant: Variant) => new URL(`./kernels-${variant}.wasm`, HERE);

/** @returns the module's bytes: the same for the same sources and compiler. @throws Error with the compiler's own words */
export async function compile(variant: Variant): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const features = ['simd', 'threads', 'bulk-memory', ...(variant === 'relaxed-simd' ? [variant] : [])];
  const { error, stderr } = await asc(
    [
      ...['assembly/index.ts', '--outFile', 'kernels.wasm', '--runtime', 'stub', '-O3', '--noAssert'],
      // The memory is TensorFlow.js's, shared and of at most 4 GiB.
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...features.flatMap(feature => ['--enable', feature]),
      // That no embedding can exchange v128 values does not matter: no exported function does.
      ...['--disableWarning', '112'],
    ],
    {
      readFile: (name, folder) => readFile(new URL(name, new URL(`${folder}/`, HERE)), 'utf8').catch(() => null),
      writeFile: (_name, contents) => {
        binary = contents as Uint8Array;
      },
      listFiles: () => null,
    },
  );
  if (error || binary === null) throw new Error(`AssemblyScript did not compile:\n${stderr}`, { cause: error });
  return binary;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const variant of VARIANTS) await writeFile(moduleFile(variant), await compile(variant));
}
