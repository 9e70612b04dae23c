/** The open tasks: those being done, then those that wait, in the order in which workers will take them. */
import { useEffect } from 'preact/hooks';
import type { TaskResource } from '../../src/contract/task.ts';
import { openModels } from '../api/models-store.ts';
import { TableBox } from '../frame/table-box.tsx';
import { nowMs } from '../frame/ticking.ts';
import { words } from '../language/language.ts';
import { formatAge, formatCount, formatDate } from '../language/numbers.ts';
import { formatProgress, phaseOf, statusOf } from '../language/state-words.ts';
import { TaskTitle, taskName } from './task-words.tsx';

const t = words({
  en: {
    place: 'Place',
    task: 'Task',
    state: 'State',
    phase: 'Now',
    worker: 'Worker',
    age: 'Sent',
    cancel: 'Cancel…',
    cancelWhich: (name: string) => `Cancel… ${name}`,
  },
  ru: {
    place: 'Место',
    task: 'Задача',
    state: 'Состояние',
    phase: 'Сейчас',
    worker: 'Исполнитель',
    age: 'Отправлена',
    cancel: 'Отменить…',
    cancelWhich: (name: string) => `Отменить… ${name}`,
  },
});

interface QueueProps {
  tasks: readonly TaskResource[];
  onCancel: (task: TaskResource) => void;
}

export function QueueTable({ tasks, onCancel }: QueueProps) {
  useEffect(openModels, []); // for their names
  return (
    <TableBox>
      <table class="workers-table">
        <thead>
          <tr>
            <th>{t().place}</th>
            <th>{t().state}</th>
            <th>{t().task}</th>
            <th>{t().phase}</th>
            <th>{t().worker}</th>
            <th>{t().age}</th>
            <th>
              <span class="visually-hidden">{t().cancel}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map(task => (
            <QueueRow key={task.task_id} task={task} onCancel={onCancel} />
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function QueueRow({ task, onCancel }: { task: TaskResource; onCancel: (task: TaskResource) => void }) {
  const { word, tone } = statusOf(task, task.kind);
  const { waiting_before: before, worker, created_at, control } = task;
  return (
    <tr>
      <Known label={t().place}>{before === null ? null : formatCount(before + 1)}</Known>
      <td data-label={t().state}>
        <span class={`state ${tone}`}>{word}</span>
      </td>
      <th scope="row" data-label={t().task}>
        <TaskTitle task={task} />
      </th>
      <td data-label={t().phase} class="small">
        <span>
          {phaseOf(task)}
          {task.progress && <span class="muted"> · {formatProgress(task.progress)}</span>}
        </span>
      </td>
      <Known label={t().worker}>{task.state === 'active' ? worker : null}</Known>
      <td data-label={t().age} title={formatDate(created_at)}>
        {formatAge(nowMs.value - Date.parse(created_at))}
      </td>
      <td class="workers-cancel">
        <button
          type="button"
          class="small danger"
          disabled={control === 'cancel'}
          aria-label={t().cancelWhich(taskName(task))}
          onClick={() => onCancel(task)}
        >
          {t().cancel}
        </button>
      </td>
    </tr>
  );
}

/** A dash in the table where there is nothing; a card leaves it out. */
function Known({ label, children }: { label: string; children: string | null }) {
  return (
    <td data-label={label} class={children === null ? 'workers-nothing' : undefined}>
      {children ?? '–'}
    </td>
  );
}
