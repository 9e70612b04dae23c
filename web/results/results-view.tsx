/** Videos: running a model on new ones, and the list of all that were sent. `?model=` and `?state=` narrow the list. */
import { useEffect, useRef } from 'preact/hooks';
import { TASK_STATES, type TaskState } from '../../src/contract/task.ts';
import { models } from '../api/models-store.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { replaceQuery, route } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { statusOf } from '../language/state-words.ts';
import { shortUid, titleOf } from '../models/model-words.ts';
import { useInferenceList } from './inference-list.ts';
import { InferenceTable } from './inference-table.tsx';
import './results.css';
import { SendVideos } from './send-videos.tsx';

const t = words({
  en: {
    title: 'Videos',
    list: 'Results',
    model: 'Model',
    state: 'State',
    all: 'all',
    failed: 'The list is not up to date',
    empty: 'No video was sent yet. Choose a model and a video above: what it finds will stand here.',
    none: 'No video fits the filter.',
    showAll: 'Show all',
    more: 'Show older ones',
  },
  ru: {
    title: 'Видео',
    list: 'Результаты',
    model: 'Модель',
    state: 'Состояние',
    all: 'все',
    failed: 'Список устарел',
    empty: 'Видео ещё не отправляли. Выберите выше модель и видео: найденное появится здесь.',
    none: 'Под фильтр ничего не подходит.',
    showAll: 'Показать все',
    more: 'Показать более ранние',
  },
});

const isState = (text: string | null): text is TaskState => (TASK_STATES as readonly (string | null)[]).includes(text);

export function ResultsView() {
  const word = t();
  const { query } = route.value;
  const modelUid = query.get('model');
  const asked = query.get('state');
  const state = isState(asked) ? asked : null;
  const heading = useRef<HTMLHeadingElement>(null);
  const list = useInferenceList(modelUid, state);
  useEffect(() => {
    document.title = `${word.title} · SLEAP`;
  }, [word.title]);
  const inferences = list.inferences.value;
  const failure = list.failure.value;
  const isFiltered = modelUid !== null || state !== null;
  return (
    <div class="stack">
      <h1>{word.title}</h1>
      <SendVideos onQueued={list.refresh} />
      <section class="card stack results-list">
        <header>
          <h2 ref={heading} tabIndex={-1}>
            {word.list}
          </h2>
          <Filters modelUid={modelUid} state={state} />
        </header>
        <Notices notices={failure ? [failureNotice(word.failed, failure)] : []} />
        {inferences && inferences.length > 0 && (
          <InferenceTable
            inferences={inferences}
            onChanged={list.refresh}
            onDeleted={() => {
              list.refresh();
              heading.current?.focus();
            }}
          />
        )}
        {inferences?.length === 0 && (
          <div class="empty">
            <p>{isFiltered ? word.none : word.empty}</p>
            {isFiltered && (
              <button type="button" onClick={() => replaceQuery({ model: null, state: null })}>
                {word.showAll}
              </button>
            )}
          </div>
        )}
        {list.hasMore.value && (
          <div class="row">
            <button type="button" onClick={list.showMore}>
              {word.more}
            </button>
          </div>
        )}
      </section>
    </div>
  );
}

function Filters({ modelUid, state }: { modelUid: string | null; state: TaskState | null }) {
  const word = t();
  const known = [...(models.value?.values() ?? [])].sort((a, b) => titleOf(a).localeCompare(titleOf(b)));
  const isUnknown = modelUid !== null && !models.value?.has(modelUid);
  return (
    <div class="row results-filters">
      <label class="check">
        <span class="muted small">{word.model}</span>
        <select value={modelUid ?? ''} onChange={event => replaceQuery({ model: event.currentTarget.value })}>
          <option value="">{word.all}</option>
          {isUnknown && <option value={modelUid}>{shortUid(modelUid)}</option>}
          {known.map(model => (
            <option key={model.model_uid} value={model.model_uid}>
              {titleOf(model)}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <span class="muted small">{word.state}</span>
        <select value={state ?? ''} onChange={event => replaceQuery({ state: event.currentTarget.value })}>
          <option value="">{word.all}</option>
          {TASK_STATES.map(one => (
            <option key={one} value={one}>
              {statusOf({ state: one, control: null, stopped_early: false }, 'infer').word}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
