/**
 * The table of models. Hundreds of rows are cut into groups, and only the groups near the window are made; the others hold their place. So
 * the list costs what is in sight, and rows in sight alone ask for curves.
 */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { route } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { change } from './filters.tsx';
import { type ListQuery, readListQuery, type SortName } from './list-query.ts';
import { ModelRow } from './model-row.tsx';
import { sortWords } from './sort-words.ts';
import { useThinCurves } from './thin-curves.ts';

const t = words({
  en: {
    list: 'Models',
    chooseAll: 'Choose all that are shown',
    course: 'Course',
    edit: 'Change',
  },
  ru: {
    list: 'Модели',
    chooseAll: 'Выбрать все показанные',
    course: 'Кривая',
    edit: 'Изменить',
  },
});

const ROWS_A_GROUP = 20;
/** Until a group was measured. */
const ROW_HEIGHT_PX = 54;

/** A click on these begins with the largest or newest. */
const LARGEST_FIRST: readonly SortName[] = ['progress', 'duration', 'created'];

interface TableProps {
  uids: readonly string[];
  sort: ListQuery['sort'];
  chosen: Signal<ReadonlySet<string>>;
  editing: Signal<string | null>;
}

export function ModelTable({ uids, sort, chosen, editing }: TableProps) {
  const groups = useMemo(
    () =>
      Array.from({ length: Math.ceil(uids.length / ROWS_A_GROUP) }, (_, i) =>
        uids.slice(i * ROWS_A_GROUP, (i + 1) * ROWS_A_GROUP),
      ),
    [uids],
  );
  const head = (name: SortName, isNumber = false) => (
    <SortHead key={name} name={name} sort={sort} isNumber={isNumber} />
  );
  return (
    <div class="card models-card">
      <table class="models-table" aria-label={t().list} aria-rowcount={uids.length + 1}>
        <thead>
          <tr>
            <th class="models-choose">
              <ChooseAll uids={uids} chosen={chosen} />
            </th>
            {head('state')}
            {head('name')}
            {head('progress')}
            {head('val_loss', true)}
            {head('best', true)}
            {head('pixel_error', true)}
            <th class="models-course">{t().course}</th>
            {head('duration', true)}
            {head('created', true)}
            <th class="models-edit">
              <span class="visually-hidden">{t().edit}</span>
            </th>
          </tr>
        </thead>
        {groups.map((group, i) => (
          <RowGroup key={`group ${i}`} uids={group} firstRow={i * ROWS_A_GROUP + 2} {...{ chosen, editing }} />
        ))}
      </table>
    </div>
  );
}

function SortHead({ name, sort, isNumber }: { name: SortName; sort: ListQuery['sort']; isNumber: boolean }) {
  const isSorted = sort.by === name;
  // An age grows as the time of its beginning falls.
  const isGrowing = name === 'created' ? sort.isDescending : !sort.isDescending;
  const isDescending = isSorted ? !sort.isDescending : LARGEST_FIRST.includes(name);
  return (
    <th
      class={`models-${name}${isNumber ? ' number' : ''}`}
      aria-sort={isSorted ? (isGrowing ? 'ascending' : 'descending') : undefined}
    >
      <button
        type="button"
        class="models-sort"
        onClick={() => change(readListQuery(route.peek().query), { sort: { by: name, isDescending } })}
      >
        {sortWords()[name]}
        <span aria-hidden="true">{isSorted ? (isGrowing ? ' ↑' : ' ↓') : ''}</span>
      </button>
    </th>
  );
}

function ChooseAll({ uids, chosen }: Pick<TableProps, 'uids' | 'chosen'>) {
  const count = uids.filter(uid => chosen.value.has(uid)).length;
  return (
    <input
      type="checkbox"
      aria-label={t().chooseAll}
      checked={count === uids.length}
      indeterminate={count > 0 && count < uids.length}
      onChange={event => {
        const next = new Set(chosen.peek());
        for (const uid of uids) {
          if (event.currentTarget.checked) next.add(uid);
          else next.delete(uid);
        }
        chosen.value = next;
      }}
    />
  );
}

interface GroupProps extends Pick<TableProps, 'uids' | 'chosen' | 'editing'> {
  /** Its number in the table, counted from 1, the head included. */
  firstRow: number;
}

function RowGroup({ uids, firstRow, chosen, editing }: GroupProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const heightPx = useRef(uids.length * ROW_HEIGHT_PX);
  const isNear = useSignal(firstRow === 2);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (isNear.peek()) heightPx.current = entry!.boundingClientRect.height;
        // Focus and an open field must not vanish with their row.
        isNear.value = entry!.isIntersecting || body.current!.contains(document.activeElement);
      },
      { rootMargin: '600px 0px' },
    );
    observer.observe(body.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <tbody ref={body}>
      {isNear.value ? (
        <NearRows {...{ uids, firstRow, chosen, editing }} />
      ) : (
        <tr class="models-far">
          <td style={{ height: `${heightPx.current}px` }} />
        </tr>
      )}
    </tbody>
  );
}

function NearRows({ uids, firstRow, chosen, editing }: GroupProps) {
  useThinCurves(uids);
  return (
    <>
      {uids.map((uid, i) => (
        <ModelRow key={uid} uid={uid} row={firstRow + i} chosen={chosen} editing={editing} />
      ))}
    </>
  );
}
