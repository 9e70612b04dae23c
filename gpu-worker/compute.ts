/**
 * The compute process: owns the device, runs one task at a time, and may crash without taking the worker with it.
 * It writes a task's data (epoch rows, weights, predictions) under the task's lease; the queue itself is the supervisor's.
 */
import { readConfig } from '../src/config.ts';
import type { Environment } from '../src/contract/portable-model.ts';
import { configureLog } from '../src/log.ts';
import { openDevice } from './device/open.ts';
import { environmentOn } from './environment.ts';
import { runImport } from './import/task.ts';
import { PredictorCache } from './infer/predictor-cache.ts';
import { runInference } from './infer/task.ts';
import type { ComputeKind } from './lanes.ts';
import { runOverlay } from './overlay/task.ts';
import type { ComputeContext, TaskResult } from './task-context.ts';
import { TaskRunner } from './task-runner.ts';
import { runTraining } from './train/task.ts';

const RUN: Record<ComputeKind, (ctx: ComputeContext) => Promise<TaskResult>> = {
  train: runTraining,
  infer: runInference,
  import: runImport,
  overlay: runOverlay,
};

const config = readConfig(process.env);
await configureLog({ logLevel: config.LOG_LEVEL, logFormat: config.LOG_FORMAT });
const predictors = new PredictorCache();
/** Known before the first task comes. */
let environment: Environment;

const runner = new TaskRunner(config, 'compute', ctx => {
  const kind = ctx.task.kind as ComputeKind;
  // A training needs all the memory there is.
  if (kind === 'train' || kind === 'import') predictors.clear();
  return RUN[kind]({ ...ctx, environment, predictors });
});

try {
  const { BACKEND: backend, GPU_ADAPTER: adapterName, GPU_MEMORY_MB: mebibytes, CPU_THREADS: threads } = config;
  const device = await openDevice(backend, {
    onFatal: error => runner.giveUp(error),
    ...(adapterName !== undefined && { adapterName }),
    ...(threads !== undefined && { threads }),
    ...(mebibytes !== undefined && { gpuMemoryBytes: mebibytes * 2 ** 20 }),
  });
  environment = environmentOn(device.description);
  runner.ready(device.description);
} catch (error) {
  runner.giveUp(error);
}
