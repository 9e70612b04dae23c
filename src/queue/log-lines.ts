/** What the queue's verbs write into the log of a task, in sentences for the person who submitted it. */
import type { TaskControl, TaskError, TaskKind, TaskState } from '../contract/task.ts';
import type { NewLine } from './log.ts';

const THE: Record<TaskKind, string> = {
  train: 'The training',
  infer: 'The inference',
  import: 'The import',
  overlay: 'The overlay',
  check: 'The check',
};

interface Tried {
  kind: TaskKind;
  state: TaskState;
  worker: string | null;
  attempt: number;
  maxAttempts: number;
  stoppedEarly: boolean;
}

/** @param device in words; undefined: it computes on none. @param silent the worker that had it until its lease ran out. */
export function claimedLine(
  { worker, attempt, maxAttempts }: Pick<Tried, 'worker' | 'attempt' | 'maxAttempts'>,
  device: string | undefined,
  silent: string | null,
): NewLine {
  const on = device === undefined ? '' : ` on ${device}`;
  const taken = `orker ${worker} took it up${on}: attempt ${attempt} of ${maxAttempts}.`;
  if (silent === null) return info(`W${taken}`);
  return { level: 'warning', message: `Worker ${silent} fell silent and lost its hold on it; w${taken}` };
}

/** @param task after it was settled. @param error why it failed or broke off; undefined where it did neither. */
export function settledLine(task: Tried, error: TaskError | undefined): NewLine {
  const { kind, state, worker, attempt, maxAttempts, stoppedEarly } = task;
  if (state === 'failed' && error) return failedLine(kind, error);
  if (state === 'queued' && error) {
    const message = `Attempt ${attempt} of ${maxAttempts} broke off. ${error.message} It is tried again.`;
    return { level: 'warning', message };
  }
  if (state === 'queued') return info(`Worker ${worker} shuts down and gave it back: another one goes on with it.`);
  if (state === 'canceled') return info(`${THE[kind]} was canceled.`);
  return info(stoppedEarly ? `${THE[kind]} was stopped and keeps the best it had reached.` : `${THE[kind]} is done.`);
}

export function failedLine(kind: TaskKind, { message, remedy }: TaskError): NewLine {
  return { level: 'error', message: [`${THE[kind]} failed.`, message, remedy].filter(Boolean).join(' ') };
}

/** A worker has it and will obey. */
export function askedLine(control: TaskControl): NewLine {
  return control === 'stop'
    ? info('A stop was asked for: it ends after the running batch and keeps the best it has.')
    : info('A cancel was asked for.');
}

/** It ended at once, since no worker had it. */
export function endedUnheldLine(kind: TaskKind, isStopped: boolean): NewLine {
  return info(
    isStopped
      ? `${THE[kind]} was stopped while no worker had it; the best weights are kept.`
      : `${THE[kind]} was canceled while no worker had it.`,
  );
}

function info(message: string): NewLine {
  return { level: 'info', message };
}
