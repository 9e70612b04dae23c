/** Puts a task into the queue, inside the transaction that writes what the task is about. */
import type { TaskKind } from '../contract/task.ts';
import type { Executor } from '../db/client.ts';
import { tasks } from '../db/schema.ts';
import { notify } from './listen.ts';

export interface NewTask {
  kind: TaskKind;
  modelUid: string;
  /** For `infer` and `overlay`. */
  inferenceId?: number;
  maxAttempts: number;
}

/** @returns the task's id. */
export async function enqueueTask(tx: Executor, task: NewTask): Promise<string> {
  const [row] = await tx.insert(tasks).values(task).returning({ id: tasks.id });
  await notify(tx, 'work', row!.id);
  await notify(tx, 'change', task.modelUid);
  return row!.id;
}
