/** The kernels' modules that lie in the repository: made of its sources, called as those are, and both variants right. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, moduleFile, VARIANTS } from '../../gpu-worker/kernels/wasm/build.ts';
import { JOBS } from '../../gpu-worker/kernels/wasm/jobs.ts';

const ASSEMBLY = new URL('../../gpu-worker/kernels/wasm/assembly/', import.meta.url);
const sources = readdirSync(ASSEMBLY)
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(new URL(name, ASSEMBLY), 'utf8'));

describe('the modules in the repository', () => {
  it.each(VARIANTS)('are what the compiler makes of the sources (else: npm run build:kernels): %s', async variant => {
    expect(Buffer.from(await compile(variant)).equals(readFileSync(moduleFile(variant)))).toBe(true);
  });
});

describe('the list of jobs', () => {
  /** Names and types of a class's fields, in order; the comments between them are left out. */
  const fieldsOf = (body: string) =>
    [...body.replaceAll(/\/\*\*[\s\S]*?\*\//g, '').matchAll(/(\w+): (\w+);/g)].map(([, name, type]) => [name, type]);
  const classes = new Map(
    sources.flatMap(source =>
      [...source.matchAll(/@unmanaged\s+(?:export )?class (\w+) \{([\s\S]*?)\n\}/g)].map(
        ([, name, body]) => [name!, fieldsOf(body!)] as const,
      ),
    ),
  );

  const kernels = readFileSync(new URL('kernels.ts', ASSEMBLY), 'utf8');
  /** Number, job and class, as they are called. */
  const called = [...kernels.matchAll(/case (\d+):\s+(\w+)\(changetype<(\w+)>/g)].map(
    ([, number, job, name]) => [Number(number), job!, name!] as const,
  );

  it('numbers the jobs as assembly/kernels.ts does', () => {
    expect(called.map(([number, job]) => [number, job])).toEqual(Object.keys(JOBS).map((job, number) => [number, job]));
  });

  it('has the fields of their classes, in their order and with their types', () => {
    const listed = Object.entries(JOBS).map(([job, fields]) => [job, Object.entries(fields)]);
    expect(listed).toEqual(called.map(([, job, name]) => [job, classes.get(name)]));
  });
});

describe('the two variants', () => {
  it('compute the same convolution and gradients to a millionth', () => {
    const folder = mkdtempSync(join(tmpdir(), 'variants-'));
    const [plain, fused] = ['--no-experimental-wasm-relaxed-simd', '--experimental-wasm-relaxed-simd'].map(flag => {
      const result = convolveUnder(flag, folder);
      return JSON.parse(result) as { device: string; numbers: number[][] };
    }) as [Convolved, Convolved];
    rmSync(folder, { recursive: true });
    expect([plain.device, fused.device]).toEqual(['CPU, wasm SIMD, 2 threads', 'CPU, wasm SIMD with FMA, 2 threads']);
    for (const [i, numbers] of plain.numbers.entries()) {
      const largest = Math.max(...numbers.map(Math.abs));
      const worst = Math.max(...numbers.map((number, at) => Math.abs(number - fused.numbers[i]![at]!)));
      expect(worst / largest).toBeLessThan(1e-6);
    }
    // Rounded once or twice: not the same numbers.
    expect(fused.numbers).not.toEqual(plain.numbers);
  });
});

interface Convolved {
  device: string;
  /** The result, and the gradients of both inputs. */
  numbers: number[][];
}

/** In a process of its own, whose flags decide which variant is taken. */
function convolveUnder(flag: string, folder: string): string {
  const url = (path: string) => new URL(`../../${path}`, import.meta.url).href;
  const script = `
import * as tf from '@tensorflow/tfjs-core';
import { openDevice } from '${url('gpu-worker/device/open.ts')}';
const { description: device } = await openDevice('wasm', { threads: 2 });
const random = (shape, seed) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const [x, filter, bias, dy] = [random([2, 19, 17, 5], 1), random([3, 3, 5, 13], 2), random([13], 3), random([2, 19, 17, 13], 4)];
const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1], activation: 'relu' };
const results = [
  tf.engine().runKernel('FusedConv2D', { x, filter, bias }, attrs),
  tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }),
  tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }),
];
const numbers = await Promise.all(results.map(async result => [...await result.data()]));
console.log(JSON.stringify({ device, numbers }));`;
  // A script beside the project would not find TensorFlow.js.
  const file = join(folder, 'script.mts');
  writeFileSync(file, script.replace("'@tensorflow/tfjs-core'", `'${import.meta.resolve('@tensorflow/tfjs-core')}'`));
  const { stdout, stderr } = spawnSync(process.execPath, [flag, '--import', 'tsx', file], {
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 2 ** 24,
  });
  expect(stderr).toBe('');
  return stdout;
}
