/** One model in the list. It is drawn again when its own model changed, and for nothing else. */
import { type Signal, useComputed } from '@preact/signals';
import type { ModelResource } from '../../src/contract/model.ts';
import { serverNowMs } from '../api/client.ts';
import { models } from '../api/models-store.ts';
import { hrefOf, route } from '../frame/routes.ts';
import { nowMs } from '../frame/ticking.ts';
import { forms, words } from '../language/language.ts';
import { formatAge, formatCount, formatDate, formatDuration, formatNumber } from '../language/numbers.ts';
import { formatProgress, isEnded, phaseOf } from '../language/state-words.ts';
import { endRulesOf } from '../training/training-log.ts';
import { change } from './filters.tsx';
import { durationSeconds, readListQuery, type SortName } from './list-query.ts';
import { kindOf, modelStatus, shortUid, titleOf } from './model-words.ts';
import { sortWords } from './sort-words.ts';
import { sparkline } from './sparkline.ts';
import { lowestLoss, thinCurve } from './thin-curves.ts';

const t = words({
  en: {
    choose: (title: string) => `Choose ${title}`,
    edit: 'Edit',
    editWhich: (title: string) => `Edit ${title}`,
    filterBy: (tag: string) => `Show models tagged ${tag}`,
    epochOf: (n: string, total: string) => `epoch ${n} of ${total}`,
    epochs: (n: number) => `${formatCount(n)} ${forms(n, 'epoch', 'epochs')}`,
    imported: 'imported',
    noEpoch: 'no epoch finished',
    course: (from: string, to: string) => `val_loss from ${from} to ${to}`,
  },
  ru: {
    choose: (title: string) => `Выбрать ${title}`,
    edit: 'Изменить',
    editWhich: (title: string) => `Изменить ${title}`,
    filterBy: (tag: string) => `Показать модели с меткой ${tag}`,
    epochOf: (n: string, total: string) => `эпоха ${n} из ${total}`,
    epochs: (n: number) => `${formatCount(n)} ${forms(n, 'эпоха', 'эпохи', 'эпох')}`,
    imported: 'импортирована',
    noEpoch: 'ни одной эпохи',
    course: (from: string, to: string) => `val_loss от ${from} до ${to}`,
  },
});

const SPARK = { widthPx: 104, heightPx: 30, marginPx: 3 };

interface RowProps {
  uid: string;
  /** Its number in the table, counted from 1. */
  row: number;
  chosen: Signal<ReadonlySet<string>>;
  editing: Signal<string | null>;
}

export function ModelRow({ uid, row, chosen, editing }: RowProps) {
  const model = useComputed(() => models.value?.get(uid) ?? null).value;
  const isChosen = useComputed(() => chosen.value.has(uid)).value;
  if (model === null) return null;
  const title = titleOf(model);
  const status = modelStatus(model);
  const toggle = () => {
    const next = new Set(chosen.peek());
    if (!next.delete(uid)) next.add(uid);
    chosen.value = next;
  };
  return (
    <tr aria-rowindex={row} class={isChosen ? 'chosen' : undefined}>
      <td class="models-choose">
        <input type="checkbox" aria-label={t().choose(title)} checked={isChosen} onChange={toggle} />
      </td>
      <td class="models-state">
        <span class={`state ${status.tone}`}>{status.word}</span>
      </td>
      <th scope="row" class="models-name">
        <a href={hrefOf(['models', uid])} title={title}>
          {title}
        </a>
        <span class="models-kind small muted">
          {kindOf(model)}
          {model.name !== null && ` · ${shortUid(uid)}`}
          {model.tags.map(tag => (
            <button
              key={tag}
              type="button"
              class="models-tag"
              aria-label={t().filterBy(tag)}
              onClick={() => change(readListQuery(route.peek().query), { tag })}
            >
              {tag}
            </button>
          ))}
        </span>
      </th>
      <td class="models-progress">
        <ProgressOf model={model} />
      </td>
      <Value of="val_loss" text={model.last_epoch && formatNumber(model.last_epoch.val_loss)} />
      <BestValue uid={uid} />
      <Value of="pixel_error" text={errorText(model)} />
      <td class="models-course">
        <Course uid={uid} />
      </td>
      <Duration model={model} />
      <Age createdAt={model.created_at} />
      <td class="models-edit">
        <button
          type="button"
          class="small"
          aria-label={t().editWhich(title)}
          onClick={() => {
            editing.value = uid;
          }}
        >
          {t().edit}
        </button>
      </td>
    </tr>
  );
}

function errorText({ pixel_error }: ModelResource): string | null {
  return pixel_error === null || pixel_error.median === null ? null : formatNumber(pixel_error.median);
}

/** Where there is none, a phone shows no line for it. */
function Value({ of, text }: { of: SortName; text: string | null }) {
  return (
    <td class={`models-${of} number${text === null ? ' models-none' : ''}`} data-label={sortWords()[of]}>
      {text ?? '–'}
    </td>
  );
}

function BestValue({ uid }: { uid: string }) {
  const best = useComputed(() => lowestLoss(uid)).value;
  return <Value of="best" text={best === null ? null : formatNumber(best)} />;
}

/** Told in a few words, with a bar while epochs are counted. */
function ProgressOf({ model }: { model: ModelResource }) {
  const { state, epochs, phase, progress, origin, error, training_config } = model;
  if (state === 'failed' && error) return <span class="small models-error">{error.message}</span>;
  if (isEnded(state)) {
    const text =
      origin === 'import'
        ? state === 'succeeded'
          ? t().imported
          : '–'
        : epochs === 0
          ? t().noEpoch
          : t().epochs(epochs);
    return <span class="small muted">{text}</span>;
  }
  const { maxEpochs } = endRulesOf(training_config);
  if (state === 'queued' || epochs === 0) {
    return (
      <>
        <span class="small">{phaseOf(model)}</span>
        {state === 'active' && progress && <span class="small muted"> · {formatProgress(progress)}</span>}
      </>
    );
  }
  if (maxEpochs === null) return <span class="small">{t().epochs(epochs)}</span>;
  const text = t().epochOf(formatCount(epochs), formatCount(maxEpochs));
  return (
    <>
      <progress aria-label={text} value={epochs} max={maxEpochs} />
      <span class="small">
        {text}
        {phase !== 'training' && <span class="muted"> · {phaseOf(model)}</span>}
      </span>
    </>
  );
}

function Course({ uid }: { uid: string }) {
  const curve = useComputed(() => thinCurve(uid)).value;
  const drawn = curve && sparkline(curve.epochs, curve.val_loss, SPARK);
  if (!drawn) return null;
  const label = t().course(formatNumber(curve.val_loss[0]!), formatNumber(curve.val_loss.at(-1)!));
  return (
    <svg role="img" aria-label={label} width={SPARK.widthPx} height={SPARK.heightPx}>
      <path d={drawn.path} />
      <circle cx={drawn.best.x} cy={drawn.best.y} r="2.2" />
    </svg>
  );
}

/** Goes on while the training runs; only its text changes. */
function Duration({ model }: { model: ModelResource }) {
  const now = model.finished_training_at === null && model.started_training_at !== null ? nowMs.value : serverNowMs();
  const seconds = durationSeconds(model, now);
  return <Value of="duration" text={seconds === null ? null : formatDuration(seconds)} />;
}

function Age({ createdAt }: { createdAt: string }) {
  const text = useComputed(() => formatAge(nowMs.value - Date.parse(createdAt)));
  return (
    <td class="number models-created" data-of="created">
      <time dateTime={createdAt} title={formatDate(createdAt)}>
        {text}
      </time>
    </td>
  );
}
