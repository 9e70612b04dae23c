/** What the doctor makes of a machine. Of the database and the whole command see test/worker/client-package.test.ts. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { judgeAnswer } from '../../gpu-worker/doctor/device.ts';
import { judgeCores, judgeDisk, judgeMemory, judgeNode } from '../../gpu-worker/doctor/machine.ts';
import { judgePort } from '../../gpu-worker/doctor/service.ts';

const GiB = 2 ** 30;

describe('the machine', () => {
  it.each([
    ['20.18.3', 'fail'],
    ['20.19.0', 'ok'],
    ['22.1.0', 'ok'],
    ['18.20.0', 'fail'],
  ])('with Node.js %s: %s', (version, verdict) => {
    expect(judgeNode(version)).toMatchObject({ name: 'node', verdict, found: version });
  });

  it('with one core or little memory is warned of, and a container’s limit counts', () => {
    expect(judgeCores(1).verdict).toBe('warn');
    expect(judgeCores(2)).toMatchObject({ verdict: 'ok', found: '2 cores' });
    expect(judgeMemory(8 * GiB, 0)).toMatchObject({ verdict: 'ok', found: '8.0 GiB' });
    expect(judgeMemory(8 * GiB, 2 ** 63)).toMatchObject({ verdict: 'ok', found: '8.0 GiB' });
    expect(judgeMemory(8 * GiB, 2 * GiB)).toMatchObject({
      verdict: 'warn',
      found: '2.0 GiB, the limit of the container',
    });
  });

  it('tells the space of a folder that is still to be made', async () => {
    expect((await judgeDisk(`${tmpdir()}/not/yet/there`)).found).toMatch(/^\d+\.\d GiB free for .*not\/yet\/there$/);
  });
});

describe('the device', () => {
  const gpu = { description: 'NVIDIA H100', software: false };
  const onGpu = { backend: 'webgpu', description: 'NVIDIA H100 (webgpu, f16)' } as const;
  const onCpu = { backend: 'wasm', description: 'CPU, wasm SIMD, 2 threads' } as const;
  it.each([
    ['a GPU', { device: onGpu, adapter: gpu, reason: '', error: null }, 'ok', /^NVIDIA H100/],
    ['the CPU by request', { device: onCpu, adapter: null, reason: 'BACKEND is wasm', error: null }, 'ok', /^CPU/],
    [
      'the CPU for want of a driver',
      { device: onCpu, adapter: null, reason: "Warning: Couldn't load Vulkan\nat x.cpp", error: null },
      ...(['warn', /^CPU, .*no GPU: Couldn't load Vulkan\)$/] as const),
    ],
    [
      'the CPU since a GPU is played by it',
      { device: onCpu, adapter: { description: 'llvmpipe', software: true }, reason: '', error: null },
      ...(['warn', /llvmpipe, is played by the CPU/] as const),
    ],
    [
      'none',
      { device: null, adapter: null, reason: '', error: { message: 'There is no GPU.', remedy: 'Set BACKEND=wasm.' } },
      ...(['fail', /^There is no GPU\.$/] as const),
    ],
  ] as const)('%s', (_, answer, verdict, found) => {
    const finding = judgeAnswer(answer);
    expect(finding.verdict).toBe(verdict);
    expect(finding.found).toMatch(found);
    expect(finding.remedy === null).toBe(verdict === 'ok');
  });
});

describe('the port', () => {
  const listening = async (server: Server) => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };

  it('is free, a service’s, or another program’s', async () => {
    const ours = createServer((_, response) => response.end('{"status":"ok"}'));
    const other = createServer((_, response) => response.end('<html></html>'));
    const [ourPort, otherPort] = [await listening(ours), await listening(other)];
    const [first, second] = [await judgePort('127.0.0.1', ourPort), await judgePort('127.0.0.1', otherPort)];
    for (const server of [ours, other]) server.close().closeAllConnections();
    expect(first).toMatchObject({ verdict: 'ok', found: `a service answers on port ${ourPort} of 127.0.0.1` });
    expect(second).toMatchObject({
      verdict: 'fail',
      remedy: `Stop that program, or choose another port: PORT=${otherPort + 1}.`,
    });
    expect(await judgePort('127.0.0.1', otherPort)).toMatchObject({ verdict: 'ok' });
  });

  it('whose holder keeps silent is warned of, since a busy service may be that', async () => {
    const silent = createServer(() => {});
    const port = await listening(silent);
    const finding = await judgePort('127.0.0.1', port, 100);
    silent.close().closeAllConnections();
    expect(finding).toMatchObject({
      verdict: 'warn',
      found: `${port} on 127.0.0.1 is taken, and who has it did not answer within 0.1 s`,
    });
  });
});
