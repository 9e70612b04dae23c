import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../gpu-worker/device/open.ts';
import { probeAdapter } from '../../gpu-worker/device/webgpu.ts';
import { hasRelaxedSimd } from '../../gpu-worker/kernels/wasm/threads.ts';

const { adapter } = await probeAdapter();
const isHardware = adapter !== null && !adapter.software;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'device-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script in a process of its own and returns what it printed. */
function run(script: string): { stdout: string; stderr: string; status: number | null } {
  const file = join(folder, 'script.mts');
  const url = (path: string) => new URL(`../../gpu-worker/${path}`, import.meta.url).href;
  const imports = `import { openDevice } from '${url('device/open.ts')}';
import { computeProcess } from '${url('compute-process.ts')}';`;
  writeFileSync(file, `${imports}\n${script}`);
  return spawnSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8', timeout: 60_000 });
}

describe('opening a device', () => {
  it('computes on the CPU with the threads that were asked for', async () => {
    const device = await openDevice('wasm', { threads: 2 });
    const simd = hasRelaxedSimd() ? 'wasm SIMD with FMA' : 'wasm SIMD';
    expect(device).toEqual({ backend: 'wasm', description: `CPU, ${simd}, 2 threads` });
    expect(tf.getBackend()).toBe('wasm');
    expect((await openDevice('wasm', { threads: 1 })).description).toBe(`CPU, ${simd}, 1 thread`);
    expect((await openDevice('wasm', { threads: 3 })).description).toBe(`CPU, ${simd}, 3 threads`);
  });

  it('gives the same numbers with one thread and with several', async () => {
    const convolve = async (threads: number) => {
      await openDevice('wasm', { threads });
      const [x, w] = [
        tf.randomNormal([2, 30, 30, 8], 0, 1, 'float32', 1),
        tf.randomNormal([3, 3, 8, 16], 0, 1, 'float32', 2),
      ];
      const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const data = await y.data();
      tf.dispose([x, w, y]);
      return data;
    };
    expect(await convolve(3)).toEqual(await convolve(1));
  });

  it('says out_of_memory when the four GiB of wasm are full, and goes on afterwards', async () => {
    await openDevice('wasm', { threads: 1 });
    const side = 2 ** 14; // 1 GiB
    const kept: tf.Tensor[] = [];
    const fill = () => {
      for (let i = 0; i < 5; i++) kept.push(tf.fill([side, side], 1));
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'out_of_memory' }));
    expect(kept.length).toBeGreaterThan(0);
    tf.dispose(kept);
    const small = tf.fill([3], 2);
    expect([...(await small.data())]).toEqual([2, 2, 2]);
    small.dispose();
  });

  it.skipIf(isHardware)(
    'takes the CPU when asked to choose on a host without a GPU, prints nothing, and lets the process end',
    () => {
      const { stdout, stderr, status } = run(`console.log((await openDevice('auto')).backend);`);
      expect({ stdout, stderr, status }).toEqual({ stdout: 'wasm\n', stderr: '', status: 0 });
    },
  );

  it.skipIf(adapter !== null)('refuses webgpu on a host without a GPU, with a remedy and without noise', () => {
    const { stdout, stderr } = run(`await openDevice('webgpu').catch(e => console.log(e.code + ' ' + e.remedy));`);
    expect(stdout).toMatch(/^device_unavailable .*BACKEND=wasm/);
    expect(stderr).toBe('');
  });
});

describe('a compute process on the CPU', () => {
  it('has fused multiply-adds, on Node 20 as well', () => {
    const script = `
const environment = { ...process.env, BACKEND: 'wasm', DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
const compute = computeProcess(environment, ${JSON.stringify(join(folder, 'scratch'))});
console.log(await compute.start());
compute.kill();`;
    const { stdout, stderr } = run(script);
    expect({ stdout, stderr }).toEqual({
      stdout: expect.stringMatching(/^CPU, wasm SIMD with FMA, \d thread/),
      stderr: '',
    });
  });
});
