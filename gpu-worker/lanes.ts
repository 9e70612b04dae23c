/** A worker's lanes: which of its processes runs which kinds of tasks, each with a supervisor of its own. */
import type { TaskKind } from '../src/contract/task.ts';
import type { TaskProcess } from './forked-process.ts';

/** With the device, one at a time. */
export const COMPUTE_KINDS = ['train', 'infer', 'import', 'overlay'] as const satisfies TaskKind[];
export type ComputeKind = (typeof COMPUTE_KINDS)[number];

/** Beside it, so that nobody waits for a training to learn whether a dataset is in order. */
export const READING_KINDS = ['check'] as const satisfies TaskKind[];

export interface Lane {
  /** Unique among all workers, shown to people. */
  name: string;
  kinds: readonly TaskKind[];
  process: TaskProcess;
  /** Whether it stands in the table of workers: those with a device do. */
  isListed: boolean;
}
