/**
 * The start: every model of the service, live. What is shown of them and in what order stands in the address, so that a link and the way
 * back lead to the same list; which ones are chosen does not.
 */
import { computed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { serverNowMs } from '../api/client.ts';
import { models, modelsFailure, openModels } from '../api/models-store.ts';
import { useFileDrop } from '../frame/file-drop.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { hrefOf, route } from '../frame/routes.ts';
import { forms, words } from '../language/language.ts';
import { formatCount } from '../language/numbers.ts';
import { ChosenBar } from './chosen-bar.tsx';
import { DeleteModels } from './delete-models.tsx';
import { EditModel } from './edit-model.tsx';
import { Filters } from './filters.tsx';
import { FirstSteps } from './first-steps.tsx';
import { DropHint, ImportButton, ImportStatus, useModelImport } from './import-model.tsx';
import { listedUids, readListQuery } from './list-query.ts';
import { ModelTable } from './model-table.tsx';
import { lowestLoss, thinCurves, useThinCurves } from './thin-curves.ts';
import './models.css';
import './model-dialogs.css';
import './model-cards.css';

const t = words({
  en: {
    title: 'Models',
    count: (n: number) => `${formatCount(n)} ${forms(n, 'model', 'models')}`,
    shown: (n: number, all: string) => `${formatCount(n)} of ${all}`,
    new: 'New training',
    compare: 'Compare',
    loading: 'Loading…',
    failed: 'The list cannot be brought up to date',
    none: 'No model fits.',
    showAll: 'Show all',
  },
  ru: {
    title: 'Модели',
    count: (n: number) => `${formatCount(n)} ${forms(n, 'модель', 'модели', 'моделей')}`,
    shown: (n: number, all: string) => `${formatCount(n)} из ${all}`,
    new: 'Новое обучение',
    compare: 'Сравнить',
    loading: 'Загружается…',
    failed: 'Список не удаётся обновить',
    none: 'Подходящих моделей нет.',
    showAll: 'Показать все',
  },
});

const listQuery = computed(() => readListQuery(route.value.query));

let lastListed: readonly string[] = [];
/** In order; the same array as long as nothing in it moved, so that news of one model draws no other row. */
const listed = computed(() => {
  const query = listQuery.value;
  if (query.sort.by === 'best') thinCurves.value;
  const beside = { bestOf: lowestLoss, nowMs: serverNowMs() };
  const uids = listedUids(models.value?.values() ?? [], query, beside);
  if (uids.length !== lastListed.length || uids.some((uid, i) => uid !== lastListed[i])) lastListed = uids;
  return lastListed;
});

const NONE: readonly string[] = [];
/** An order by the best value needs the curves of all; else those in sight are asked for by their rows. */
const curvesOfAll = computed(() => {
  if (listQuery.value.sort.by !== 'best' || models.value === null) return NONE;
  return [...models.value.keys()];
});

export function ModelsView() {
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const editing = useSignal<string | null>(null);
  const deleting = useSignal<readonly string[]>(NONE);
  const imported = useModelImport();
  const { isOver, handlers } = useFileDrop(({ files: [file] }) => file && imported.begin(file));
  useEffect(openModels, []);
  useThinCurves(curvesOfAll.value);
  document.title = `${t().title} · SLEAP`;

  const count = models.value?.size ?? null;
  const uids = listed.value;
  return (
    <section class="stack models" {...handlers}>
      {isOver.value && <DropHint />}
      <header class="row apart models-head">
        <h1>
          {t().title}{' '}
          {count !== null && count > 0 && (
            <span class="models-count muted" role="status">
              {uids.length < count ? t().shown(uids.length, t().count(count)) : t().count(count)}
            </span>
          )}
        </h1>
        <div class="row">
          <ImportButton of={imported} />
          {count !== 0 && (
            <>
              <a class="button" href={hrefOf(['compare'])}>
                {t().compare}
              </a>
              <a class="button primary" href={hrefOf(['new'])}>
                {t().new}
              </a>
            </>
          )}
        </div>
      </header>
      <ImportStatus of={imported} />
      <Notices notices={modelsFailure.value ? [failureNotice(t().failed, modelsFailure.value)] : []} />
      {count === null && modelsFailure.value === null && (
        <p class="empty" role="status">
          {t().loading}
        </p>
      )}
      {count === 0 && <FirstSteps />}
      {count !== null && count > 0 && (
        <>
          <Filters query={listQuery.value} />
          <ChosenBar
            chosen={chosen}
            onDelete={uids => {
              deleting.value = uids;
            }}
          />
          {uids.length > 0 ? (
            <ModelTable uids={uids} sort={listQuery.value.sort} chosen={chosen} editing={editing} />
          ) : (
            <p class="empty">
              {t().none} <a href={hrefOf([])}>{t().showAll}</a>
            </p>
          )}
        </>
      )}
      <EditModel editing={editing} />
      <DeleteModels deleting={deleting} chosen={chosen} />
    </section>
  );
}
