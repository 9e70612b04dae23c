/** What a worker would compute on: a GPU, or the CPU and why. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/errors.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { DeviceAnswer } from './open-device.ts';

const SCRIPT = fileURLToPath(new URL('./open-device.ts', import.meta.url));
const PATIENCE_MS = 60_000;

export function judgeDevice(environment: NodeJS.ProcessEnv): Promise<Finding> {
  const flags = ['--import', import.meta.resolve('tsx'), SCRIPT];
  return new Promise(resolve => {
    execFile(process.execPath, flags, { env: environment, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      if (error !== null || line === '') resolve(crashed(error, stderr));
      else resolve(judgeAnswer(JSON.parse(line)));
    });
  });
}

function crashed(error: Error | null, stderr: string): Finding {
  const { signal } = (error ?? {}) as { signal?: string | null };
  const words = stderr.trim().split('\n').at(-1) || messageOf(error);
  const how = signal ? `ended by ${signal}` : words.slice(0, 300);
  return fail('device', `Opening it broke the process: ${how}`, 'Update the GPU driver, or set BACKEND=wasm.');
}

export function judgeAnswer({ device, adapter, reason, error }: DeviceAnswer): Finding {
  if (device === null)
    return fail('device', error?.message ?? 'No device opens.', error?.remedy ?? 'Set BACKEND=wasm.');
  if (device.backend === 'webgpu') {
    if (!adapter?.software) return ok('device', device.description);
    return warn(
      'device',
      `${device.description}, a GPU that the CPU plays`,
      'Set BACKEND=auto: the CPU itself is faster.',
    );
  }
  if (reason === 'BACKEND is wasm') return ok('device', device.description);
  const why = adapter
    ? `the only adapter, ${adapter.description}, is played by the CPU`
    : `no GPU: ${firstWords(reason)}`;
  const remedy = 'For a GPU install its driver and the Vulkan loader (docs/gpu.md); without one trainings take longer.';
  return warn('device', `${device.description} (${why})`, remedy);
}

/** Dawn's warnings name the line of their source as well. */
function firstWords(text: string): string {
  const line = text.trim().split('\n')[0]!;
  return line.replace(/^Warning: /, '').slice(0, 200);
}
