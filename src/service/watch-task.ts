/**
 * What the event stream of a task carries: where it stands at once, with all that the reader does not have yet, then each change until it
 * has ended or the reader leaves. One read a turn, and only what changed is sent. Each turn reads the tables, so a stream is complete
 * however many notifications were lost, and a reader that comes back with the last id it saw gets every epoch and line exactly once.
 *
 * The streams of models and inferences are this one with the whole resource beside it (watch.ts, watch-inference.ts).
 */
import type { SQL } from 'drizzle-orm';
import { type EventCursor, eventId, type PhaseEvent, type StepEvent, type TaskEvent } from '../contract/events.ts';
import { isEndState } from '../contract/task.ts';
import type { ChangeFeed } from './changes.ts';
import type { ServiceContext } from './context.ts';
import { findTask } from './find.ts';
import { readTurn, type Task, type Turn } from './task-turn.ts';
import { turns } from './turns.ts';

/** Shortest time between two states of one stream; a worker renews more often than an eye follows. */
const MIN_INTERVAL_MS = 250;

export type WatchContext = ServiceContext & { changes: ChangeFeed };

/** What a reader has, and what it wants to hear of; null: of everything. `done` always comes. */
export interface Reader {
  cursor: EventCursor;
  events: ReadonlySet<string> | null;
}

/** A resource that is sent whole, whenever it changed, beside the events of its task. */
export interface Beside<E> {
  /** A text that changes with the part of it that is not the task. */
  stamp: SQL;
  /** @param stampChanged false: only the task did. */
  event(task: Task, stampChanged: boolean): Promise<E>;
  /** Whether more is to come although the task has ended. */
  isOpen(): boolean;
}

/** @throws AppError not_found at the first turn, or once the task is gone. */
export async function* watchTask<E extends { event: string; data: unknown } = never>(
  ctx: WatchContext,
  taskId: string,
  { cursor, events }: Reader,
  signal: AbortSignal,
  beside?: Beside<E>,
): AsyncGenerator<TaskEvent | E> {
  const { modelUid, checkId } = await findTask(ctx, taskId);
  const isWanted = ({ event }: TaskEvent | E) => events === null || events.has(event);
  const isNews = changeFilter();
  for await (const _ of turns(ctx, { subject: (modelUid ?? checkId)!, intervalMs: MIN_INTERVAL_MS }, signal)) {
    const turn = await readTurn(ctx, taskId, cursor, beside?.stamp);
    for (const event of eventsOf(turn, cursor)) {
      if ('id' in event) yield* only(event, isWanted);
      else if (isNews(event)) yield* only(event, isWanted);
    }
    cursor = cursorAfter(turn, cursor);
    if (beside) {
      const stampChanged = isNews({ event: 'stamp', data: turn.stamp });
      // The heartbeat too: it is part of the whole.
      const taskChanged = isNews({ event: 'task', data: turn.task });
      if (stampChanged || taskChanged) {
        const whole = await beside.event(turn.task, stampChanged);
        if (isNews(whole)) yield* only(whole, isWanted);
      }
    }
    if (isEndState(turn.task.state) && !beside?.isOpen()) {
      const { state, stoppedEarly, error } = turn.task;
      yield { event: 'done', data: { state, stopped_early: stoppedEarly, error } };
      return;
    }
  }
}

function* only<E>(event: E, isWanted: (event: E) => boolean): Generator<E> {
  if (isWanted(event)) yield event;
}

/** Whether an event of this name says something else than the one before it. */
function changeFilter(): (event: { event: string; data: unknown }) => boolean {
  const sent = new Map<string, string>();
  return ({ event, data }) => {
    const text = JSON.stringify(data);
    if (sent.get(event) === text) return false;
    sent.set(event, text);
    return true;
  };
}

/** Epochs before lines: the id of each names both, so that a reader may leave after any of them. */
function* eventsOf({ task, epochs, lines }: Turn, { epoch, seq }: EventCursor): Generator<TaskEvent> {
  yield { event: 'phase', data: phaseOf(task) };
  for (const row of epochs) yield { event: 'epoch', id: eventId({ epoch: row.epoch, seq }), data: row };
  const last = epochs.at(-1)?.epoch ?? epoch;
  for (const line of lines) yield { event: 'log', id: eventId({ epoch: last, seq: line.seq }), data: line };
  const step = stepOf(task);
  if (step) yield { event: 'step', data: step };
}

function cursorAfter({ epochs, lines }: Turn, { epoch, seq }: EventCursor): EventCursor {
  return { epoch: epochs.at(-1)?.epoch ?? epoch, seq: lines.at(-1)?.seq ?? seq };
}

function phaseOf(task: Task): PhaseEvent {
  const { id, kind, state, phase, waitingBefore, control, attempt, maxAttempts, worker } = task;
  return {
    task_id: id,
    kind,
    state,
    phase,
    waiting_before: waitingBefore,
    control,
    attempt,
    max_attempts: maxAttempts,
    worker,
  };
}

function stepOf({ progress }: Task): StepEvent | null {
  if (progress === null) return null;
  const { done, total, unit, epoch = null, per_second = null, seconds_left = null } = progress;
  return { epoch, done, total, unit, per_second, seconds_left };
}
