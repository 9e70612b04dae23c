/** Which process of a worker runs which kinds of tasks. */
import type { TaskKind } from '../src/contract/task.ts';

/** With the device, one at a time. */
export const COMPUTE_KINDS = ['train', 'infer', 'import', 'overlay'] as const satisfies TaskKind[];
export type ComputeKind = (typeof COMPUTE_KINDS)[number];

/** Beside it, so that nobody waits for a training to learn whether a dataset is in order. */
export const READING_KINDS = ['check'] as const satisfies TaskKind[];
