/**
 * Tasks, the part of the client that is the same for trainings, imports, checks, inferences and overlays: where one stands, what happens to
 * it, waiting for its end.
 */
import type { TaskEvent } from '../src/contract/events.ts';
import type { TaskPage } from '../src/contract/list-query.ts';
import type { TaskResource } from '../src/contract/task.ts';
import type { TaskLog } from '../src/contract/task-log.ts';
import { type FollowOptions, followEvents } from './events.ts';
import { page, type TaskFilter, walk } from './pages.ts';
import type { CallOptions, Requests } from './requests.ts';
import { taskFailure } from './sleap-error.ts';

export class TaskCalls {
  protected readonly requests: Requests;

  constructor(requests: Requests) {
    this.requests = requests;
  }

  tasks(filter: TaskFilter = {}): AsyncGenerator<TaskResource, void> {
    return walk(this.requests, 'tasks', filter);
  }

  taskPage(filter: TaskFilter = {}): Promise<TaskPage> {
    return page(this.requests, 'tasks', filter);
  }

  task(taskId: string, options: CallOptions = {}): Promise<TaskResource> {
    return this.requests.json({ ...options, path: taskPath(taskId) });
  }

  /** Ends a task and discards what it did. */
  cancelTask(taskId: string, options: CallOptions = {}): Promise<TaskResource> {
    return this.requests.json({ ...options, method: 'POST', path: `${taskPath(taskId)}/cancel` });
  }

  /** @param range the last `tail` lines (100), or those after line `after`. */
  taskLog(taskId: string, range: { tail?: number; after?: number } & CallOptions = {}): Promise<TaskLog> {
    const { signal, ...query } = range;
    return this.requests.json({ path: `${taskPath(taskId)}/log`, query, signal });
  }

  /** A task as it happens, to its `done` event, whatever breaks meanwhile; `for await`. */
  events(taskId: string, options: FollowOptions<TaskEvent['event']> = {}): AsyncGenerator<TaskEvent, void> {
    return followEvents(this.requests, `${taskPath(taskId)}/events`, options);
  }

  /**
   * Waits for a task, however long it takes, without asking again and again.
   * @param onEvent told of everything meanwhile. @returns the task, which succeeded. @throws SleapError of a task that failed or was canceled.
   */
  async waitForTask(
    taskId: string,
    { onEvent, signal }: CallOptions & { onEvent?: (event: TaskEvent) => void } = {},
  ): Promise<TaskResource> {
    const follow = onEvent ? { signal } : { signal, events: ['done' as const] };
    for await (const event of this.events(taskId, follow)) onEvent?.(event);
    const task = await this.task(taskId, { signal });
    if (task.state !== 'succeeded') throw taskFailure(`The task ${taskId}`, task.state, task.error);
    return task;
  }
}

function taskPath(taskId: string): string {
  return `/api/tasks/${encodeURIComponent(taskId)}`;
}
