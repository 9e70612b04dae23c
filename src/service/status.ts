/** What the resources of models, inferences and tasks say alike of a task. */
import type { TaskStatus } from '../contract/task.ts';
import type { tasks } from '../db/schema-queue.ts';

/** @param waitingBefore what queue/waiting.ts says of it. */
export function statusOf(task: typeof tasks.$inferSelect, waitingBefore: number | null): TaskStatus {
  return {
    state: task.state,
    phase: task.phase,
    progress: task.progress,
    waiting_before: waitingBefore,
    control: task.control,
    stopped_early: task.stoppedEarly,
    attempt: task.attempt,
    max_attempts: task.maxAttempts,
    worker: task.worker,
    heartbeat_at: iso(task.heartbeatAt),
    warnings: task.warnings,
    error: task.error,
  };
}

export function iso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
