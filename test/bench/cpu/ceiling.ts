/**
 * What a core can multiply and add at most in wasm: sums of four float32 that wait for nobody but themselves.
 *
 *   chain:  a[i] = a[i] * x + y                     the multiplication lies on a sum's own path
 *   outer:  a[i, j] = a[i, j] + x[i] * y[j]         it does not; x is read from the first-level cache
 *
 * How many sums the latencies ask for and sixteen registers allow differs from core to core and from one V8 to the next, so several are tried and
 * the fastest is the ceiling; of two instructions Node 20 and 22 make less than the core could. The sums start different, or the compiler would
 * make them one, and no product is known to be the same in two rounds, or it would be taken out of the loop. On a single thread, and on all of them at
 * once, which share what the cores share.
 */
import { Worker } from 'node:worker_threads';

/** Of float32 in four lanes. */
const FLOPS_A_SUM = 8;

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`);
const chain = (count: number) => numbered('a', count).map(a => [a, a, 'x0', 'y0'] as const);
const outer = (count: number) => numbered('a', count).map((a, i) => [a, `x${i % 2}`, `y${i >> 1}`, a] as const);
/** What a round does: the sum, and which two are multiplied and which one added. */
const ROUNDS = [chain(10), chain(12), outer(4), outer(6), outer(8)];

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
    const binaries = await Promise.all(ROUNDS.map(round => compile(round, isFused)));
    const isKnown = WebAssembly.validate(binaries[0] as BufferSource);
    for (const count of [1, threads]) {
      const rates: number[] = [];
      for (const [i, binary] of isKnown ? binaries.entries() : [])
        rates.push((await roundsPerSecond(count, binary, seconds)) * ROUNDS[i]!.length * FLOPS_A_SUM);
      ceilings.push({ instructions, threads: count, gflops_per_s: isKnown ? Math.max(...rates) / 1e9 : null });
    }
  }
  return ceilings;
}

/** What a kernel of ours may reach: with the instructions that this process has, on all threads. */
export function ceilingOf(ceilings: readonly Ceiling[]): number {
  return Math.max(...ceilings.filter(({ threads }) => threads > 1).map(({ gflops_per_s }) => gflops_per_s ?? 0));
}

/** Mean over threads that run at the same time. */
async function roundsPerSecond(count: number, binary: Uint8Array, seconds: number): Promise<number> {
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
  return rounds.reduce((sum, each) => sum + each, 0) / count;
}

async function compile(round: (typeof ROUNDS)[number], isFused: boolean): Promise<Uint8Array> {
  // Some hundred megabytes, which no other section needs.
  const { main: asc } = await import('assemblyscript/asc');
  const steps = round.map(([to, a, b, c]) =>
    isFused ? `${to} = v128.relaxed_madd<f32>(${a}, ${b}, ${c});` : `${to} = f32x4.add(f32x4.mul(${a}, ${b}), ${c});`,
  );
  const sums = round.map(([to]) => to);
  const names = [...sums, ...numbered('x', 2), ...numbered('y', 4)];
  const source = `
export function run(rounds: i32, seed: f32): f32 {
  ${names.map((name, i) => `let ${name} = f32x4.splat(seed + ${i} * 0.01);`).join('\n  ')}
  for (let round = 0; round < rounds; round++) {
    ${round.some(([, a]) => a === 'x1') ? 'x0 = v128.load((round & 1) << 5); x1 = v128.load((round & 1) << 5, 16);' : ''}
    ${steps.join('\n    ')}
  }
  return f32x4.extract_lane(${sums.reduce((sum, a) => `f32x4.add(${sum}, ${a})`)}, 0);
}`;
  let binary: Uint8Array | null = null;
  const features = ['simd', ...(isFused ? ['relaxed-simd'] : [])].flatMap(feature => ['--enable', feature]);
  const { error, stderr } = await asc(
    ['ceiling.ts', '--outFile', 'c.wasm', '--runtime', 'stub', '-O3', '--initialMemory', '1', ...features],
    {
      readFile: name => (name === 'ceiling.ts' ? source : null),
      writeFile: (_name, contents) => {
        binary = contents as Uint8Array;
      },
      listFiles: () => null,
    },
  );
  if (error || binary === null) throw new Error(`AssemblyScript did not compile:\n${stderr}`, { cause: error });
  return binary;
}
