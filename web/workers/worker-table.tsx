/** The workers: where each computes, whether it lives, and what it does. */
import type { TaskResource } from '../../src/contract/task.ts';
import type { WorkerResource } from '../../src/contract/worker.ts';
import { TableBox } from '../frame/table-box.tsx';
import { nowMs } from '../frame/ticking.ts';
import { words } from '../language/language.ts';
import { formatAge, formatDate, formatDuration } from '../language/numbers.ts';
import { formatProgress, phaseOf, type Tone } from '../language/state-words.ts';
import { TaskTitle } from './task-words.tsx';

const t = words({
  en: {
    state: 'State',
    states: { idle: 'idle', working: 'working', silent: 'silent' },
    name: 'Worker',
    device: 'Device',
    starting: 'starting…',
    task: 'Task',
    started: 'Up for',
    seen: 'Last heartbeat',
    since: (span: string) => `for ${span}`,
  },
  ru: {
    state: 'Состояние',
    states: { idle: 'свободен', working: 'работает', silent: 'молчит' },
    name: 'Исполнитель',
    device: 'Устройство',
    starting: 'запускается…',
    task: 'Задача',
    started: 'Работает',
    seen: 'Последний отклик',
    since: (span: string) => `уже ${span}`,
  },
});

const TONES: Record<WorkerResource['state'], Tone> = { idle: 'good', working: 'running', silent: 'bad' };

interface TableProps {
  workers: readonly WorkerResource[];
  tasks: readonly TaskResource[];
}

export function WorkerTable({ workers, tasks }: TableProps) {
  return (
    <TableBox>
      <table class="workers-table">
        <thead>
          <tr>
            <th>{t().state}</th>
            <th>{t().name}</th>
            <th>{t().device}</th>
            <th>{t().task}</th>
            <th>{t().started}</th>
            <th>{t().seen}</th>
          </tr>
        </thead>
        <tbody>
          {workers.map(worker => (
            <WorkerRow
              key={worker.name}
              worker={worker}
              task={tasks.find(({ task_id }) => task_id === worker.task_id) ?? null}
            />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function WorkerRow({ worker, task }: { worker: WorkerResource; task: TaskResource | null }) {
  const { state, name, device, started_at, seen_at } = worker;
  const ageOf = (iso: string) => nowMs.value - Date.parse(iso);
  return (
    <tr>
      <td data-label={t().state}>
        <span class={`state ${TONES[state]}`}>{t().states[state]}</span>
      </td>
      <th scope="row" data-label={t().name} class="workers-name">
        {name}
      </th>
      <td data-label={t().device}>{device ?? <span class="muted">{t().starting}</span>}</td>
      <td data-label={t().task} class={task ? undefined : 'workers-nothing'}>
        {task ? <TaskNow task={task} /> : '–'}
      </td>
      <td data-label={t().started} title={formatDate(started_at)}>
        {formatDuration(ageOf(started_at) / 1000)}
      </td>
      <td data-label={t().seen} title={formatDate(seen_at)}>
        {formatAge(ageOf(seen_at))}
      </td>
    </tr>
  );
}

/** What the task is and how far it has come. */
function TaskNow({ task }: { task: TaskResource }) {
  const { progress, started_at } = task;
  const seconds = started_at === null ? null : (nowMs.value - Date.parse(started_at)) / 1000;
  return (
    <div class="workers-task">
      <TaskTitle task={task} />
      <span class="small muted">
        {phaseOf(task)}
        {progress && ` · ${formatProgress(progress)}`}
        {seconds !== null && ` · ${t().since(formatDuration(seconds))}`}
      </span>
      {progress?.total ? <progress aria-label={phaseOf(task)} value={progress.done} max={progress.total} /> : null}
    </div>
  );
}
