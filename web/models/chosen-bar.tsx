/** What can be done with the models whose boxes are ticked. */
import { type Signal, useComputed } from '@preact/signals';
import { models } from '../api/models-store.ts';
import { MOST_COMPARED } from '../compare/compare-query.ts';
import { hrefOf } from '../frame/routes.ts';
import { forms, words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';

const t = words({
  en: {
    chosen: (n: number) => `${formatCount(n)} ${forms(n, 'model', 'models')} chosen`,
    compare: 'Compare',
    most: `At most ${MOST_COMPARED} can be compared`,
    delete: 'Delete…',
    none: 'Choose none',
  },
  ru: {
    chosen: (n: number) =>
      `${forms(n, 'Выбрана', 'Выбрано')} ${formatCount(n)} ${forms(n, 'модель', 'модели', 'моделей')}`,
    compare: 'Сравнить',
    most: `Сравнить можно не больше ${MOST_COMPARED}`,
    delete: 'Удалить…',
    none: 'Снять выбор',
  },
});

interface BarProps {
  chosen: Signal<ReadonlySet<string>>;
  onDelete: (uids: readonly string[]) => void;
}

export function ChosenBar({ chosen, onDelete }: BarProps) {
  // One that was deleted elsewhere is no longer chosen.
  const uids = useComputed(() => [...chosen.value].filter(uid => models.value?.has(uid))).value;
  if (uids.length === 0) return null;
  return (
    <div class="row card models-chosen">
      <span role="status">{t().chosen(uids.length)}</span>
      {uids.length <= MOST_COMPARED ? (
        <a class="button small" href={hrefOf(['compare'], { models: uids.join(',') })}>
          {t().compare}
        </a>
      ) : (
        <span class="small muted">{t().most}</span>
      )}
      <button type="button" class="small danger" onClick={() => onDelete(uids)}>
        {t().delete}
      </button>
      <button
        type="button"
        class="small"
        onClick={() => {
          chosen.value = new Set();
        }}
      >
        {t().none}
      </button>
    </div>
  );
}
