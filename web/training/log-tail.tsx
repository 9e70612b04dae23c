/**
 * What happened, line by line, the newest at the bottom. It stays there as lines come, unless the reader scrolled up to read: then it moves
 * no more until they come back to the end.
 */
import { useComputed } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { urlOf } from '../api/client.ts';
import type { ModelStore } from '../api/model-store.ts';
import { language, words } from '../language/language.ts';

const LINES_SHOWN = 200;
/** Lines of a log that one answer may hold (src/contract/task-log.ts). */
const MOST_LINES = 5000;
const AT_END_PX = 8;

const t = words({
  en: {
    title: 'Log',
    whole: 'Whole log (JSON)',
    empty: 'Nothing was written yet.',
    level: { warning: 'warning', error: 'error' },
  },
  ru: {
    title: 'Журнал',
    whole: 'Весь журнал (JSON)',
    empty: 'Записей ещё нет.',
    level: { warning: 'внимание', error: 'ошибка' },
  },
});

export function LogTail({ store, taskId }: { store: ModelStore; taskId: string }) {
  const box = useRef<HTMLOListElement>(null);
  const follows = useRef(true);
  // Rows of the training log, too, make the list a new one.
  const lastSeq = useComputed(() => store.log.value.at(-1)?.seq ?? 0);
  const lines = lastSeq.value === 0 ? [] : store.log.peek().slice(-LINES_SHOWN);
  useLayoutEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lastSeq.value]);
  const word = t();
  const time = new Intl.DateTimeFormat(language.value, { timeStyle: 'medium' });
  const watch = ({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: { currentTarget: HTMLOListElement }) => {
    follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
  };
  return (
    <section class="card" aria-labelledby="log-title">
      <header>
        <h2 id="log-title">{word.title}</h2>
        <a class="small" href={urlOf(`/api/tasks/${taskId}/log?tail=${MOST_LINES}`)}>
          {word.whole}
        </a>
      </header>
      {lines.length === 0 ? (
        <p class="muted">{word.empty}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
        <ol class="log" ref={box} aria-label={word.title} tabIndex={0} onScroll={watch}>
          {lines.map(({ seq, at, level, message }) => (
            <li key={seq} class={level}>
              <time dateTime={at}>{time.format(new Date(at))}</time> {level !== 'info' && <b>{word.level[level]}: </b>}
              {message}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
