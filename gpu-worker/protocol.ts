/** What a supervisor and the process of its lane say to each other over Node's IPC channel. */
import type { Phase, Progress, TaskControl, TaskError } from '../src/contract/task.ts';
import type { ClaimedTask } from '../src/queue/claim.ts';

/** What a running task can be asked: a person's stop or cancel, or the supervisor's wish to hand it to another worker. */
export type Request = TaskControl | 'release';

export type ToProcess = { type: 'run'; task: ClaimedTask; scratchDir: string } | { type: 'request'; request: Request };

export type FromProcess =
  /** The device is open and tasks may come. */
  | { type: 'ready'; device: string }
  /** There is no device, or it was lost: the process is about to exit. */
  | { type: 'unusable'; error: TaskError }
  | { type: 'status'; phase: Phase; progress: Progress | null }
  | { type: 'ended'; ending: Ending };

/** How a task ended in the process; the supervisor settles it. */
export type Ending =
  | { end: 'succeeded'; stoppedEarly: boolean }
  | { end: 'canceled' }
  | { end: 'released' }
  | { end: 'failed'; error: TaskError }
  /** Worth another attempt. */
  | { end: 'crashed'; error: TaskError }
  /** Another worker has it now: nothing to settle. */
  | { end: 'lost' };
