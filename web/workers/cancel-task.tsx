/** The question before a task is ended and what it did is discarded. */
import { type Signal, useSignal } from '@preact/signals';
import type { TaskResource } from '../../src/contract/task.ts';
import { asFailure, client } from '../api/client.ts';
import { Dialog } from '../frame/dialog.tsx';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { taskName } from './task-words.tsx';

const t = words({
  en: {
    title: (name: string) => `Cancel “${name}”?`,
    text: 'What was done so far is discarded. A training that should keep its best weights is stopped on its own page instead.',
    cancel: 'Cancel the task',
    keep: 'Let it be',
    failed: 'The task was not canceled',
  },
  ru: {
    title: (name: string) => `Отменить «${name}»?`,
    text: 'Всё сделанное будет отброшено. Чтобы сохранить лучшие веса обучения, остановите его на его странице.',
    cancel: 'Отменить задачу',
    keep: 'Оставить',
    failed: 'Задача не отменена',
  },
});

interface CancelProps {
  /** null: nothing is asked. */
  canceling: Signal<TaskResource | null>;
  onCanceled: () => void;
}

export function CancelTask({ canceling, onCanceled }: CancelProps) {
  const refused = useSignal<Notice | null>(null);
  const task = canceling.value;
  const close = () => {
    canceling.value = null;
    refused.value = null;
  };
  const cancel = async (taskId: string) => {
    try {
      await client.cancelTask(taskId);
      close();
      onCanceled();
    } catch (thrown) {
      refused.value = failureNotice(t().failed, asFailure(thrown));
    }
  };
  return (
    <Dialog title={task ? t().title(taskName(task)) : ''} isOpen={task !== null} onClose={close}>
      <p>{t().text}</p>
      <Notices notices={refused.value ? [refused.value] : []} />
      <div class="row">
        <button type="button" onClick={close}>
          {t().keep}
        </button>
        <button type="button" class="danger" onClick={() => void cancel(task!.task_id)}>
          {t().cancel}
        </button>
      </div>
    </Dialog>
  );
}
