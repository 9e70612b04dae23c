/**
 * Opens the device that a worker would compute on and prints one line of JSON: what it is and, where a GPU was not taken, why. A process of its
 * own: a driver that breaks takes the process along that it was loaded into.
 */
import { readConfig } from '../../src/config.ts';
import { AppError, messageOf } from '../../src/errors.ts';
import { openDevice } from '../device/open.ts';
import { probeAdapter } from '../device/webgpu.ts';

export interface DeviceAnswer {
  device: { backend: 'webgpu' | 'wasm'; description: string } | null;
  adapter: { description: string; software: boolean } | null;
  /** Why there is no adapter. */
  reason: string;
  error: { message: string; remedy: string | null } | null;
}

const config = readConfig(process.env);
const probed =
  config.BACKEND === 'wasm' ? { adapter: null, reason: 'BACKEND is wasm' } : await probeAdapter(config.GPU_ADAPTER);
const options = {
  ...(config.GPU_ADAPTER !== undefined && { adapterName: config.GPU_ADAPTER }),
  ...(config.CPU_THREADS !== undefined && { threads: config.CPU_THREADS }),
};
const opened = await openDevice(config.BACKEND, options).then(
  device => ({ device, error: null }),
  error => ({
    device: null,
    error: { message: messageOf(error), remedy: error instanceof AppError ? error.remedy : null },
  }),
);
const answer: DeviceAnswer = { ...probed, ...opened };
process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit(0)); // its threads would keep the process alive
