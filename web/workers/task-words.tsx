/** What a task is about, in words, and a way to where its result will be. */
import type { TaskKind, TaskResource } from '../../src/contract/task.ts';
import { models } from '../api/models-store.ts';
import { hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { shortUid, titleOf } from '../models/model-words.ts';

const kindWords = words<Record<TaskKind, string>>({
  en: { train: 'Training', infer: 'Video', import: 'Import', overlay: 'Overlay', check: 'Check of a dataset' },
  ru: {
    train: 'Обучение',
    infer: 'Видео',
    import: 'Импорт модели',
    overlay: 'Видео с точками',
    check: 'Проверка данных',
  },
});

/** `Training`, and the name of the model. A check has no page of its own. */
export function TaskTitle({ task }: { task: TaskResource }) {
  const { kind, model_uid: uid, results_id: resultsId } = task;
  const word = kindWords()[kind];
  if (uid === null) return <span>{word}</span>;
  const title = titleOf(models.value?.get(uid) ?? { name: null, model_uid: uid });
  if (resultsId !== null)
    return (
      <span>
        <a href={hrefOf(['results', resultsId])}>
          {word} {resultsId}
        </a>{' '}
        · <a href={hrefOf(['models', uid])}>{title}</a>
      </span>
    );
  return (
    <span>
      {word} · <a href={hrefOf(['models', uid])}>{title}</a>
    </span>
  );
}

/** The same as plain text, for questions. */
export function taskName({ kind, model_uid: uid, results_id: resultsId }: TaskResource): string {
  const word = kindWords()[kind];
  if (resultsId !== null) return `${word} ${resultsId}`;
  if (uid === null) return word;
  const { name } = models.value?.get(uid) ?? { name: null };
  return `${word} · ${name ?? shortUid(uid)}`;
}
