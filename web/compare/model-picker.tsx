/** Which models are compared: a search over all of them, with a box to tick for each. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { models } from '../api/models-store.ts';
import { words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { listedUids } from '../models/list-query.ts';
import { kindOf, modelStatus, shortUid, titleOf } from '../models/model-words.ts';
import { MOST_COMPARED } from './compare-query.ts';

const t = words({
  en: {
    choose: 'Choose models',
    chosen: (n: number) => `${formatCount(n)} of ${MOST_COMPARED} at most`,
    search: 'Search',
    hint: 'Name, uid, tag, network',
    more: (n: number) => `and ${formatCount(n)} more: search for them`,
    none: 'No model fits.',
  },
  ru: {
    choose: 'Выбрать модели',
    chosen: (n: number) => `${formatCount(n)} из ${MOST_COMPARED} возможных`,
    search: 'Поиск',
    hint: 'Название, uid, метка, сеть',
    more: (n: number) => `и ещё ${formatCount(n)}: найдите их поиском`,
    none: 'Подходящих моделей нет.',
  },
});

const MOST_LISTED = 40;
const NEWEST_FIRST = { by: 'created', isDescending: true } as const;

interface PickerProps {
  uids: readonly string[];
  onChange: (uids: readonly string[]) => void;
}

export function ModelPicker({ uids, onChange }: PickerProps) {
  const text = useSignal('');
  // Once it is open it stays so while models come and go.
  const isOpen = useSignal(false);
  const isNeeded = uids.length === 0;
  useEffect(() => {
    if (isNeeded) isOpen.value = true;
  }, [isNeeded]);
  const all = models.value ?? new Map();
  const query = { text: text.value, states: [], tag: null, sort: NEWEST_FIRST };
  const found = isOpen.value ? listedUids(all.values(), query, { bestOf: () => null, nowMs: 0 }) : [];
  return (
    <details
      class="card compare-picker"
      open={isOpen.value}
      onToggle={event => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>
        {t().choose} <span class="small muted">{t().chosen(uids.length)}</span>
      </summary>
      <input
        type="search"
        aria-label={t().search}
        placeholder={t().hint}
        value={text.value}
        onInput={event => {
          text.value = event.currentTarget.value;
        }}
      />
      <ul>
        {found.slice(0, MOST_LISTED).map(uid => {
          const model = all.get(uid)!;
          const isChosen = uids.includes(uid);
          const status = modelStatus(model);
          return (
            <li key={uid}>
              <label class="check">
                <input
                  type="checkbox"
                  checked={isChosen}
                  disabled={!isChosen && uids.length >= MOST_COMPARED}
                  onChange={() => onChange(isChosen ? uids.filter(other => other !== uid) : [...uids, uid])}
                />
                <span>{titleOf(model)}</span>
              </label>
              <span class="small muted">
                {kindOf(model)}
                {model.name !== null && ` · ${shortUid(uid)}`}
              </span>
              <span class={`small state ${status.tone}`}>{status.word}</span>
            </li>
          );
        })}
      </ul>
      <p class="small muted" role="status">
        {isOpen.value && found.length === 0 && t().none}
        {found.length > MOST_LISTED && t().more(found.length - MOST_LISTED)}
      </p>
    </details>
  );
}
