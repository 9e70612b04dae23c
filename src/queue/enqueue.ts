/** Puts a task into the queue, inside the transaction that writes what the task is about. */
import type { TaskKind } from '../contract/task.ts';
import type { Executor } from '../db/client.ts';
import { tasks } from '../db/schema-queue.ts';
import { notify, notifyChange } from './listen.ts';

export interface NewTask {
  kind: TaskKind;
  /** Absent for `check`. */
  modelUid?: string;
  /** For `infer` and `overlay`. */
  inferenceId?: number;
  /** For `check`. */
  checkId?: string;
  maxAttempts: number;
}

/** @returns the task's id. */
export async function enqueueTask(tx: Executor, task: NewTask): Promise<string> {
  const [row] = await tx.insert(tasks).values(task).returning();
  await notify(tx, 'work', row!.id);
  await notifyChange(tx, row!);
  return row!.id;
}
