/**
 * What a core can multiply and add at most in wasm: twelve sums of four float32 that wait for nobody but themselves, with no memory in between.
 *
 *   a[i] = a[i] * x + y, i < 12: 96 FLOPs a round
 *
 * The sums start different, or the compiler would make them one. The assembly is compiled here, with a multiplication and an addition and with one fused
 * instruction (relaxed SIMD); on a single thread, and on all of them at once, which share what the cores share.
 */
import { Worker } from 'node:worker_threads';

const SUMS = 12;
const FLOPS_A_ROUND = SUMS * 4 * 2;

export interface Ceiling {
  instructions: 'mul and add' | 'relaxed madd';
  threads: number;
  /** Of one thread, GFLOP/s; null where the runtime has no such instruction. */
  gflops_per_s: number | null;
}

/** @param threads beside one. */
export async function measureCeiling(threads: number, seconds: number): Promise<Ceiling[]> {
  const ceilings: Ceiling[] = [];
  for (const isFused of [false, true]) {
    const instructions = isFused ? 'relaxed madd' : 'mul and add';
    const binary = await compile(isFused);
    for (const count of [1, threads]) {
      const gflops_per_s = WebAssembly.validate(binary as BufferSource) ? await runOn(count, binary, seconds) : null;
      ceilings.push({ instructions, threads: count, gflops_per_s });
    }
  }
  return ceilings;
}

/** What a kernel of ours may reach: with the instructions that this process has, on all threads. */
export function ceilingOf(ceilings: readonly Ceiling[]): number {
  return Math.max(...ceilings.filter(({ threads }) => threads > 1).map(({ gflops_per_s }) => gflops_per_s ?? 0));
}

/** Mean over threads that run at the same time, GFLOP/s. */
async function runOn(count: number, binary: Uint8Array, seconds: number): Promise<number> {
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const body = new URL('./ceiling-thread.mjs', import.meta.url);
  const rates = Array.from({ length: count }, async () => {
    const worker = new Worker(body, { workerData: { binary, ready, count, seconds }, execArgv: [] });
    return new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  });
  const rounds = await Promise.all(rates);
  return (rounds.reduce((sum, each) => sum + each, 0) / count) * (FLOPS_A_ROUND / 1e9);
}

async function compile(isFused: boolean): Promise<Uint8Array> {
  // Some hundred megabytes, which no other section needs.
  const { main: asc } = await import('assemblyscript/asc');
  const names = Array.from({ length: SUMS }, (_, i) => `a${i}`);
  const next = (a: string) => (isFused ? `v128.relaxed_madd<f32>(${a}, x, y)` : `f32x4.add(f32x4.mul(${a}, x), y)`);
  const source = `
export function run(rounds: i32, seed: f32): f32 {
  const x = f32x4.splat(0.5 + seed), y = f32x4.splat(seed);
  ${names.map((a, i) => `let ${a} = f32x4.splat(seed + ${i});`).join('\n  ')}
  for (let round = 0; round < rounds; round++) {
    ${names.map(a => `${a} = ${next(a)};`).join('\n    ')}
  }
  return f32x4.extract_lane(${names.reduce((sum, a) => `f32x4.add(${sum}, ${a})`)}, 0);
}`;
  let binary: Uint8Array | null = null;
  const features = ['simd', ...(isFused ? ['relaxed-simd'] : [])].flatMap(feature => ['--enable', feature]);
  const { error, stderr } = await asc(['ceiling.ts', '--outFile', 'c.wasm', '--runtime', 'stub', '-O3', ...features], {
    readFile: name => (name === 'ceiling.ts' ? source : null),
    writeFile: (_name, contents) => {
      binary = contents as Uint8Array;
    },
    listFiles: () => null,
  });
  if (error || binary === null) throw new Error(`AssemblyScript did not compile:\n${stderr}`, { cause: error });
  return binary;
}
