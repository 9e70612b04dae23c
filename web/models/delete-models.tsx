/** The question before models are deleted, and what the service refused to delete, in its own words. */
import { type Signal, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { asFailure, client } from '../api/client.ts';
import { forgetModel, models } from '../api/models-store.ts';
import { Dialog } from '../frame/dialog.tsx';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { forms, words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { titleOf } from './model-words.ts';

const t = words({
  en: {
    title: (n: number) => `Delete ${formatCount(n)} ${forms(n, 'model', 'models')}?`,
    text: 'Weights, curves and all videos predicted with them go too. This cannot be undone.',
    more: (n: number) => `and ${formatCount(n)} more`,
    delete: 'Delete',
    deleting: (done: number, all: number) => `Deleting: ${formatCount(done)} of ${formatCount(all)}`,
    keep: 'Keep',
    stop: 'Keep the rest',
    close: 'Close',
    kept: (title: string) => `${title} was not deleted`,
  },
  ru: {
    title: (n: number) => `Удалить ${formatCount(n)} ${forms(n, 'модель', 'модели', 'моделей')}?`,
    text: 'Вместе с ними исчезнут веса, кривые и все обработанные ими видео. Вернуть их будет нельзя.',
    more: (n: number) => `и ещё ${formatCount(n)}`,
    delete: 'Удалить',
    deleting: (done: number, all: number) => `Удаляется: ${formatCount(done)} из ${formatCount(all)}`,
    keep: 'Оставить',
    stop: 'Остальные оставить',
    close: 'Закрыть',
    kept: (title: string) => `Модель ${title} не удалена`,
  },
});

const NAMES_SHOWN = 8;

interface DeleteProps {
  /** Empty: nothing is asked. */
  deleting: Signal<readonly string[]>;
  chosen: Signal<ReadonlySet<string>>;
}

export function DeleteModels({ deleting, chosen }: DeleteProps) {
  const done = useSignal<number | null>(null);
  const refused = useSignal<readonly Notice[]>([]);
  const uids = deleting.value;
  const nameOf = (uid: string) => titleOf(models.peek()?.get(uid) ?? { name: null, model_uid: uid });
  const isClosed = useRef(false);
  /** What was not begun stays. */
  const close = () => {
    isClosed.current = true;
    deleting.value = [];
    refused.value = [];
  };
  const deleteAll = async () => {
    isClosed.current = false;
    for (const [i, uid] of uids.entries()) {
      if (isClosed.current) break;
      done.value = i;
      const title = nameOf(uid);
      try {
        await client.deleteModel(uid);
        forgetModel(uid);
        chosen.value = new Set([...chosen.peek()].filter(other => other !== uid));
      } catch (thrown) {
        const told = failureNotice(t().kept(title), asFailure(thrown));
        if (!isClosed.current) refused.value = [...refused.peek(), told];
      }
    }
    done.value = null;
    if (!isClosed.current && refused.peek().length === 0) close();
  };
  return (
    <Dialog title={t().title(uids.length)} isOpen={uids.length > 0} onClose={close}>
      {refused.value.length === 0 && (
        <>
          <p>{t().text}</p>
          <ul class="models-names">
            {uids.slice(0, NAMES_SHOWN).map(uid => (
              <li key={uid}>{nameOf(uid)}</li>
            ))}
            {uids.length > NAMES_SHOWN && <li class="muted">{t().more(uids.length - NAMES_SHOWN)}</li>}
          </ul>
        </>
      )}
      <Notices notices={refused.value} />
      {done.value !== null && (
        <p role="status" class="muted">
          {t().deleting(done.value, uids.length)}
        </p>
      )}
      <div class="row">
        <button type="button" onClick={close}>
          {done.value !== null ? t().stop : refused.value.length === 0 ? t().keep : t().close}
        </button>
        {refused.value.length === 0 && (
          <button type="button" class="danger" disabled={done.value !== null} onClick={() => void deleteAll()}>
            {t().delete}
          </button>
        )}
      </div>
    </Dialog>
  );
}
