/** The process that owns the device (compute.ts), as the supervisor starts it. */
import { relaxedSimdFlags } from './device/relaxed-simd.ts';
import { ForkedProcess } from './forked-process.ts';

/** @param scratchDir for this supervisor alone; emptied before each start. */
export function computeProcess(environment: NodeJS.ProcessEnv, scratchDir: string): ForkedProcess {
  return new ForkedProcess({ name: 'compute', execArgv: relaxedSimdFlags }, environment, scratchDir);
}
