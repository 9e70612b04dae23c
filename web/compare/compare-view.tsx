/** Several models over each other: their curves in one chart, and beside it what came out of each and in what their settings differ. */
import { useEffect, useMemo } from 'preact/hooks';
import { models, modelsFailure, openModels } from '../api/models-store.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { replaceQuery } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { shortUid } from '../models/model-words.ts';
import { CompareChart } from './compare-chart.tsx';
import { writeCompareQuery } from './compare-query.ts';
import { CompareTable } from './compare-table.tsx';
import { CompareTools } from './compare-tools.tsx';
import { compareQuery, createComparison } from './comparison.ts';
import { errorCourses, lossCourses, useCourses } from './courses.ts';
import { ModelPicker } from './model-picker.tsx';
import './compare.css';

const t = words({
  en: {
    title: 'Compare',
    curves: 'Curves',
    loading: 'Loading…',
    choose: 'Choose two or more models to see their curves over each other.',
    nothing: 'Nothing is trained yet that could be compared.',
    failed: 'The curves cannot be brought up to date',
    gone: (uids: string) => `Not there (any more): ${uids}`,
  },
  ru: {
    title: 'Сравнение',
    curves: 'Кривые',
    loading: 'Загружается…',
    choose: 'Выберите две модели или больше, чтобы увидеть их кривые вместе.',
    nothing: 'Пока не обучено ничего, что можно сравнить.',
    failed: 'Кривые не удаётся обновить',
    gone: (uids: string) => `Таких моделей (больше) нет: ${uids}`,
  },
});

const NONE: readonly string[] = [];

export function CompareView() {
  const comparison = useMemo(createComparison, []);
  const uids = comparison.uids.value;
  useEffect(openModels, []);
  useCourses(lossCourses, uids);
  useCourses(errorCourses, compareQuery.value.measure === 'pixel_error' ? uids : NONE);
  document.title = `${t().title} · SLEAP`;

  const all = models.value;
  const change = (changed: readonly string[]) =>
    replaceQuery(writeCompareQuery({ ...compareQuery.peek(), uids: changed }));
  const gone = all === null ? [] : uids.filter(uid => !all.has(uid));
  const failure = modelsFailure.value ?? lossCourses.failure.value ?? errorCourses.failure.value;
  const notices: Notice[] = [
    ...(failure ? [failureNotice(t().failed, failure)] : []),
    ...(gone.length > 0 ? [{ tone: 'warn' as const, title: t().gone(gone.map(shortUid).join(', ')), text: '' }] : []),
  ];
  return (
    <div class="stack">
      <h1>{t().title}</h1>
      <Notices notices={notices} />
      {all === null && failure === null && (
        <p class="empty" role="status">
          {t().loading}
        </p>
      )}
      {all?.size === 0 && <p class="empty">{t().nothing}</p>}
      {all !== null && all.size > 0 && (
        <>
          <ModelPicker uids={uids} onChange={change} />
          {uids.length === 0 ? (
            <p class="empty">{t().choose}</p>
          ) : (
            <>
              <section class="card" aria-labelledby="compare-curves">
                <header>
                  <h2 id="compare-curves">{t().curves}</h2>
                  <CompareTools comparison={comparison} />
                </header>
                <CompareChart comparison={comparison} onRemove={uid => change(uids.filter(other => other !== uid))} />
              </section>
              <CompareTable compared={uids.flatMap(uid => all.get(uid) ?? [])} placeOf={uid => uids.indexOf(uid)} />
            </>
          )}
        </>
      )}
    </div>
  );
}
