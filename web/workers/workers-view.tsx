/**
 * Who works, on what, and what waits: the answer to "why does nothing begin?". Asked for every few seconds while somebody looks; there is no
 * stream of workers.
 */
import { useSignal } from '@preact/signals';
import type { TaskResource } from '../../src/contract/task.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { CancelTask } from './cancel-task.tsx';
import { useOperation } from './operation.ts';
import { QueueTable } from './queue-table.tsx';
import { WorkerTable } from './worker-table.tsx';
import './workers.css';

const t = words({
  en: {
    title: 'Workers and queue',
    ready: 'Ready: work sent now will be done.',
    takes: 'Takes work, but nobody is up to do it.',
    notReady: 'Not ready',
    loading: 'Loading…',
    failed: 'The present state is not known',
    workers: 'Workers',
    none: 'No worker is up',
    noneText: 'What is sent waits in the queue until one is. Start one in the folder of this service:',
    silent: (names: string) => `No sign of life from ${names}`,
    silentText:
      'Its task is given to another worker. Look whether its process and its machine still run, and whether it reaches the database.',
    queue: 'Queue',
    empty: 'Nothing waits and nothing is being done.',
  },
  ru: {
    title: 'Исполнители и очередь',
    ready: 'Служба готова: новая работа будет выполнена.',
    takes: 'Служба принимает работу, но выполнять её некому.',
    notReady: 'Служба не готова',
    loading: 'Загружается…',
    failed: 'Текущее состояние неизвестно',
    workers: 'Исполнители',
    none: 'Ни одного исполнителя нет',
    noneText: 'Всё отправленное ждёт в очереди, пока он не появится. Запустите его в папке службы:',
    silent: (names: string) => `Не подаёт признаков жизни: ${names}`,
    silentText:
      'Его задачу возьмёт другой исполнитель. Проверьте, работают ли его процесс и компьютер и доступна ли ему база данных.',
    queue: 'Очередь',
    empty: 'Ничего не ждёт и ничего не выполняется.',
  },
});

export function WorkersView() {
  const { state, failure, askNow } = useOperation();
  const canceling = useSignal<TaskResource | null>(null);
  document.title = `${t().title} · SLEAP`;
  const now = state.value;
  const silent = now?.workers.filter(worker => worker.state === 'silent').map(({ name }) => name) ?? [];
  const hasWorker = now !== null && silent.length < now.workers.length;
  return (
    <div class="stack">
      <header class="row apart">
        <h1>{t().title}</h1>
        {now && now.notReady === null && (
          <span class={`state workers-ready ${hasWorker ? 'good' : 'waiting'}`} role="status">
            {hasWorker ? t().ready : t().takes}
          </span>
        )}
      </header>
      <Notices
        notices={[
          ...(failure.value ? [failureNotice(t().failed, failure.value)] : []),
          ...(now?.notReady ? [{ ...failureNotice(t().notReady, now.notReady), tone: 'warn' as const }] : []),
          ...(silent.length > 0
            ? [{ tone: 'warn' as const, title: t().silent(silent.join(', ')), text: t().silentText }]
            : []),
        ]}
      />
      {now === null && failure.value === null && (
        <p class="empty" role="status">
          {t().loading}
        </p>
      )}
      {now && (
        <>
          <section class="card">
            <header>
              <h2>{t().workers}</h2>
            </header>
            {now.workers.length > 0 ? (
              <WorkerTable workers={now.workers} tasks={now.tasks} />
            ) : (
              <div class="stack workers-none">
                <p>
                  <strong>{t().none}.</strong> {t().noneText}
                </p>
                <pre>npm run worker</pre>
              </div>
            )}
          </section>
          <section class="card">
            <header>
              <h2>{t().queue}</h2>
            </header>
            {now.tasks.length > 0 ? (
              <QueueTable
                tasks={now.tasks}
                onCancel={task => {
                  canceling.value = task;
                }}
              />
            ) : (
              <p class="muted">{t().empty}</p>
            )}
          </section>
        </>
      )}
      <CancelTask canceling={canceling} onCanceled={askNow} />
    </div>
  );
}
