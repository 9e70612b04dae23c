/** Which models are shown: words, states, a tag, and the order where there is no table head to click (on a phone). */

import type { TaskState } from '../../src/contract/task.ts';
import { models } from '../api/models-store.ts';
import { replaceQuery } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { type ListQuery, SORTS, type SortName, STATES, tagsOf, writeListQuery } from './list-query.ts';
import { sortWords } from './sort-words.ts';

const t = words({
  en: {
    filters: 'Which models are shown',
    text: 'Search',
    hint: 'Name, uid, tag, network',
    states: 'State',
    state: { queued: 'queued', active: 'training', succeeded: 'succeeded', failed: 'failed', canceled: 'canceled' },
    tag: 'Tag',
    anyTag: 'Any tag',
    order: 'Order',
    turn: 'Turn the order round',
  },
  ru: {
    filters: 'Какие модели показаны',
    text: 'Поиск',
    hint: 'Название, uid, метка, сеть',
    states: 'Состояние',
    state: {
      queued: 'в очереди',
      active: 'обучаются',
      succeeded: 'готовы',
      failed: 'с ошибкой',
      canceled: 'отменены',
    },
    tag: 'Метка',
    anyTag: 'Любая метка',
    order: 'Порядок',
    turn: 'Сменить порядок',
  },
});

export function change(query: ListQuery, changes: Partial<ListQuery>): void {
  replaceQuery(writeListQuery({ ...query, ...changes }));
}

export function Filters({ query }: { query: ListQuery }) {
  const all = [...models.value!.values()];
  const tags = tagsOf(all);
  const counts = new Map<TaskState, number>();
  for (const { state } of all) counts.set(state, (counts.get(state) ?? 0) + 1);
  const toggle = (state: TaskState) => {
    const states = query.states.includes(state)
      ? query.states.filter(other => other !== state)
      : [...query.states, state];
    change(query, { states });
  };
  return (
    <search class="row models-filters" aria-label={t().filters}>
      <input
        type="search"
        aria-label={t().text}
        placeholder={t().hint}
        value={query.text}
        onInput={event => change(query, { text: event.currentTarget.value })}
      />
      <fieldset class="row models-states" aria-label={t().states}>
        {STATES.filter(state => counts.has(state) || query.states.includes(state)).map(state => (
          <button
            key={state}
            type="button"
            class="small"
            aria-pressed={query.states.includes(state)}
            onClick={() => toggle(state)}
          >
            {t().state[state]} <span class="muted">{formatCount(counts.get(state) ?? 0)}</span>
          </button>
        ))}
      </fieldset>
      {(tags.length > 0 || query.tag !== null) && (
        <select
          aria-label={t().tag}
          value={query.tag ?? ''}
          onChange={event => change(query, { tag: event.currentTarget.value || null })}
        >
          <option value="">{t().anyTag}</option>
          {query.tag !== null && !tags.includes(query.tag) && <option value={query.tag}>{query.tag}</option>}
          {tags.map(tag => (
            <option key={tag} value={tag}>
              {tag}
            </option>
          ))}
        </select>
      )}
      <div class="row models-order">
        <select
          aria-label={t().order}
          value={query.sort.by}
          onChange={event => change(query, { sort: { ...query.sort, by: event.currentTarget.value as SortName } })}
        >
          {SORTS.map(name => (
            <option key={name} value={name}>
              {sortWords()[name]}
            </option>
          ))}
        </select>
        <button
          type="button"
          aria-label={t().turn}
          onClick={() => change(query, { sort: { ...query.sort, isDescending: !query.sort.isDescending } })}
        >
          {query.sort.isDescending ? '↓' : '↑'}
        </button>
      </div>
    </search>
  );
}
