import type { TaskContext, TaskResult } from '../task-context.ts';

export async function runCheck(_ctx: TaskContext): Promise<TaskResult> {
  throw new Error('being built');
}
