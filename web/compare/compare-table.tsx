/** Models side by side: what came out of each, and the settings in which they differ. */
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ModelResource } from '../../src/contract/model.ts';
import { trainingConfigSchema } from '../../src/contract/training.ts';
import { hrefOf } from '../frame/routes.ts';
import { nowMs } from '../frame/ticking.ts';
import { words } from '../language/language.ts';
import { formatCount, formatDuration, formatNumber, formatShare } from '../language/numbers.ts';
import { durationSeconds } from '../models/list-query.ts';
import { kindOf, modelStatus, titleOf } from '../models/model-words.ts';
import { configDifferences } from './config-differences.ts';
import { lossCourses } from './courses.ts';
import { lineStyle } from './line-styles.ts';

const t = words({
  en: {
    title: 'Results and settings',
    what: 'Model',
    results: 'Results',
    state: 'State',
    kind: 'Network',
    best: 'Best val_loss',
    bestEpoch: 'Best epoch',
    epochs: 'Epochs',
    pixelError: 'Pixel error, median, px',
    pck: 'PCK',
    oks: 'OKS',
    duration: 'Duration',
    parameters: 'Parameters',
    settings: 'Settings that differ',
    same: 'None: all settings are the same.',
    defaults: 'Grey: not given, so the default.',
    bestOfRow: 'best',
  },
  ru: {
    title: 'Результаты и настройки',
    what: 'Модель',
    results: 'Результаты',
    state: 'Состояние',
    kind: 'Сеть',
    best: 'Лучшая val_loss',
    bestEpoch: 'Лучшая эпоха',
    epochs: 'Эпохи',
    pixelError: 'Ошибка, медиана, пикс.',
    pck: 'PCK',
    oks: 'OKS',
    duration: 'Длительность',
    parameters: 'Параметры',
    settings: 'Различия в настройках',
    same: 'Нет: все настройки одинаковы.',
    defaults: 'Серым — не задано: значение по умолчанию.',
    bestOfRow: 'лучшее',
  },
});

/** A row of results. `better`: which of its numbers is marked. */
interface Row {
  name: string;
  numbers: (number | null)[];
  write: (value: number) => string;
  better?: 'lower' | 'higher';
}

interface TableProps {
  compared: readonly ModelResource[];
  /** Place of a model among the lines of the chart. */
  placeOf: (uid: string) => number;
}

export function CompareTable({ compared, placeOf }: TableProps) {
  const configs = compared.map(model => model.training_config);
  const differences = useMemo(
    () =>
      configDifferences(configs.map(given => ({ given, full: trainingConfigSchema.safeParse(given).data ?? null }))),
    configs,
  );
  const columns = compared.length + 1;
  return (
    <section class="card">
      <header>
        <h2>{t().title}</h2>
        <span class="small muted">{t().defaults}</span>
      </header>
      <section
        class="table"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be pushed sideways must be reachable by keyboard
        tabIndex={0}
        aria-label={t().title}
      >
        <table class="compare-table">
          <thead>
            <tr>
              <th>{t().what}</th>
              {compared.map(model => (
                <th key={model.model_uid} scope="col">
                  <LineNumber at={placeOf(model.model_uid)} />{' '}
                  <a href={hrefOf(['models', model.model_uid])}>{titleOf(model)}</a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{t().state}</th>
              {compared.map(model => {
                const { word, tone } = modelStatus(model);
                return (
                  <td key={model.model_uid}>
                    <span class={`state ${tone}`}>{word}</span>
                  </td>
                );
              })}
            </tr>
            <tr>
              <th scope="row">{t().kind}</th>
              {compared.map(model => (
                <td key={model.model_uid}>{kindOf(model)}</td>
              ))}
            </tr>
            {resultRows(compared).map(row => (
              <ResultRow key={row.name} row={row} />
            ))}
          </tbody>
          <tbody>
            <tr>
              <th scope="rowgroup" colSpan={columns} class="compare-group">
                {t().settings}
              </th>
            </tr>
            {differences.length === 0 && (
              <tr>
                <td colSpan={columns} class="muted">
                  {t().same}
                </td>
              </tr>
            )}
            {differences.map(({ name, cells }) => (
              <tr key={name}>
                <th scope="row" class="compare-setting">
                  {breakable(name)}
                </th>
                {cells.map(({ text, isDefault }, at) => (
                  <td key={compared[at]!.model_uid} class={isDefault || text === null ? 'muted' : undefined}>
                    {text ?? '–'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** May go on in the next line behind each dot and underscore. */
function breakable(name: string): ComponentChildren {
  return name.split(/(?<=[._])/).flatMap(part => [part, <wbr key={part} />]);
}

function LineNumber({ at }: { at: number }) {
  return (
    <span class="compare-number" style={{ color: `var(--${lineStyle(at).colour})` }}>
      {at + 1}
    </span>
  );
}

function ResultRow({ row: { name, numbers, write, better } }: { row: Row }) {
  const known = numbers.filter(value => value !== null);
  // With a single value there is nothing to be better than.
  const best = better === undefined || known.length < 2 ? null : Math[better === 'lower' ? 'min' : 'max'](...known);
  return (
    <tr>
      <th scope="row">{name}</th>
      {numbers.map((value, at) => (
        <td key={at} class={value === null ? 'muted' : undefined}>
          {value === null ? '–' : value === best ? <strong title={t().bestOfRow}>{write(value)}</strong> : write(value)}
        </td>
      ))}
    </tr>
  );
}

function resultRows(compared: readonly ModelResource[]): Row[] {
  const of = (read: (model: ModelResource) => number | null | undefined) => compared.map(model => read(model) ?? null);
  const isRunning = compared.some(({ started_training_at: from, finished_training_at: to }) => from && !to);
  const now = isRunning ? nowMs.value : 0;
  const word = t();
  return [
    { name: word.best, numbers: of(bestLoss), write: value => formatNumber(value, 4), better: 'lower' },
    { name: word.bestEpoch, numbers: of(model => model.best_epoch), write: formatCount },
    { name: word.epochs, numbers: of(model => model.epochs), write: formatCount },
    { name: word.pixelError, numbers: of(model => model.pixel_error?.median), write: formatNumber, better: 'lower' },
    {
      name: word.pck,
      numbers: of(model => model.evaluation?.validation.pck.mean),
      write: formatShare,
      better: 'higher',
    },
    {
      name: word.oks,
      numbers: of(model => model.evaluation?.validation.oks.mean),
      write: formatNumber,
      better: 'higher',
    },
    { name: word.duration, numbers: of(model => durationSeconds(model, now)), write: formatDuration },
    { name: word.parameters, numbers: of(model => model.parameters), write: formatCount },
  ];
}

function bestLoss({ model_uid, best_epoch }: ModelResource): number | null {
  const course = lossCourses.held.value.get(model_uid)?.course;
  if (!course || best_epoch === null) return null;
  return course.val_loss?.[course.epochs.indexOf(best_epoch)] ?? null;
}
