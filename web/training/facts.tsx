/**
 * What is known of a training besides its curves, as label and value. Each fact is a function that answers null while there is nothing
 * true to say; its line is then not shown.
 */
import type { EpochRow, ModelResource } from '../../src/contract/model.ts';
import { nowMs } from '../frame/ticking.ts';
import { forms, words } from '../language/language.ts';
import { formatCount, formatDate, formatDuration, formatNumber, formatSeconds } from '../language/numbers.ts';
import { isEnded } from '../language/state-words.ts';
import { bestRow, type EndRules, endRulesOf, epochsWithoutImprovement, remainingSeconds } from './training-log.ts';

interface Known {
  model: ModelResource;
  rows: readonly EpochRow[];
  rules: EndRules;
}
type Fact = (known: Known) => string | null;

const t = words({
  en: {
    labels: {
      epochs: 'Epochs',
      best: 'Best validation loss',
      waited: 'Since last improvement',
      elapsed: 'Elapsed',
      epochMean: 'An epoch takes',
      remaining: 'Remaining',
      worker: 'Worker',
      attempt: 'Attempt',
      frames: 'Frames',
      keypoints: 'Keypoints',
      parameters: 'Parameters',
      began: 'Began with',
      seed: 'Seed',
      weights: 'Weights',
      created: 'Created',
      finished: 'Finished',
    },
    of: (n: string, total: string) => `${n} of ${total}`,
    ofAtMost: (n: string, total: string) => `${n} of at most ${total}`,
    atEpoch: (value: string, epoch: string) => `${value} at epoch ${epoch}`,
    epochs: (n: number) => `${formatCount(n)} ${forms(n, 'epoch', 'epochs')}`,
    atMost: (span: string) => `at most ${span}`,
    mayStop: (span: string) => `at most ${span}, may stop earlier`,
    frames: (train: string, validation: string, holdout: string | null) =>
      `${train} training, ${validation} validation${holdout === null ? '' : `, ${holdout} held out`}`,
    imagenet: (file: string) => `ImageNet weights (${file})`,
    random: 'random weights',
    kept: 'kept',
    none: 'none',
  },
  ru: {
    labels: {
      epochs: 'Эпохи',
      best: 'Лучшая ошибка на проверке',
      waited: 'Без улучшения',
      elapsed: 'Прошло',
      epochMean: 'Время на эпоху',
      remaining: 'Осталось',
      worker: 'Исполнитель',
      attempt: 'Попытка',
      frames: 'Кадры',
      keypoints: 'Ключевые точки',
      parameters: 'Параметры',
      began: 'Начальные веса',
      seed: 'Начальное число (seed)',
      weights: 'Веса',
      created: 'Создана',
      finished: 'Закончена',
    },
    of: (n: string, total: string) => `${n} из ${total}`,
    ofAtMost: (n: string, total: string) => `${n}, не больше ${total}`,
    atEpoch: (value: string, epoch: string) => `${value}, эпоха ${epoch}`,
    epochs: (n: number) => `${formatCount(n)} ${forms(n, 'эпохи', 'эпох', 'эпох')}`,
    atMost: (span: string) => `не больше ${span}`,
    mayStop: (span: string) => `не больше ${span}, может закончиться раньше`,
    frames: (train: string, validation: string, holdout: string | null) =>
      `${train} для обучения, ${validation} для проверки${holdout === null ? '' : `, ${holdout} отложено`}`,
    imagenet: (file: string) => `веса ImageNet (${file})`,
    random: 'случайные веса',
    kept: 'сохранены',
    none: 'нет',
  },
});

/** What a person who waits wants to know. */
const COURSE: Record<string, Fact> = {
  epochs: ({ model, rules }) => {
    // The log of an imported model may have stayed where it was trained.
    if (model.origin === 'import' && model.epochs === 0) return null;
    const done = formatCount(model.epochs);
    if (rules.maxEpochs === null) return done;
    return (isEnded(model.state) ? t().ofAtMost : t().of)(done, formatCount(rules.maxEpochs));
  },
  best: ({ rows }) => {
    const best = bestRow(rows);
    return best && t().atEpoch(formatNumber(best.val_loss), formatCount(best.epoch));
  },
  waited: ({ model, rows, rules }) => {
    if (isEnded(model.state) || rows.length === 0) return null;
    const waited = epochsWithoutImprovement(rows, rules.minDelta);
    return rules.patienceEpochs === null
      ? t().epochs(waited)
      : t().of(formatCount(waited), t().epochs(rules.patienceEpochs));
  },
  elapsed: ({ model }) => {
    if (model.started_training_at === null) return null;
    const endMs = model.finished_training_at === null ? nowMs.value : Date.parse(model.finished_training_at);
    return formatDuration((endMs - Date.parse(model.started_training_at)) / 1000);
  },
  epochMean: ({ rows }) =>
    rows.length === 0 ? null : formatSeconds(rows.reduce((sum, row) => sum + row.seconds, 0) / rows.length),
  remaining: ({ model, rows, rules }) => {
    if (model.state !== 'active' || model.control !== null) return null;
    const seconds = remainingSeconds(rows, model.epochs, rules.maxEpochs);
    if (seconds === null) return null;
    return (rules.patienceEpochs === null ? t().atMost : t().mayStop)(formatDuration(seconds));
  },
};

/** What it runs on and with. */
const BACKGROUND: Record<string, Fact> = {
  worker: ({ model }) => model.worker,
  attempt: ({ model }) => (model.attempt < 2 ? null : t().of(String(model.attempt), String(model.max_attempts))),
  frames: ({ model: { frames } }) =>
    frames &&
    t().frames(
      formatCount(frames.train),
      formatCount(frames.validation),
      frames.holdout > 0 ? formatCount(frames.holdout) : null,
    ),
  parameters: ({ model }) => (model.parameters === null ? null : formatCount(model.parameters)),
  began: ({ model }) => {
    const hasEncoder = ['pretrained_encoder', 'resnet'].includes(String(model.training_config.backbone_model));
    if (!hasEncoder || model.parameters === null) return null;
    if (model.initial_weights !== null) return t().imagenet(model.initial_weights.file);
    return model.origin === 'import' ? null : t().random;
  },
  seed: ({ model }) => (model.origin === 'import' ? null : String(model.seed)),
  weights: ({ model }) => (isEnded(model.state) ? (model.has_weights ? t().kept : t().none) : null),
  created: ({ model }) => formatDate(model.created_at),
  finished: ({ model }) => model.finished_training_at && formatDate(model.finished_training_at),
  keypoints: ({ model: { keypoints } }) => keypoints && `${formatCount(keypoints.length)}: ${keypoints.join(', ')}`,
};

interface FactsProps {
  model: ModelResource;
  rows: readonly EpochRow[];
}

export function CourseFacts(props: FactsProps) {
  return <Facts {...props} facts={COURSE} />;
}

export function BackgroundFacts(props: FactsProps) {
  return <Facts {...props} facts={BACKGROUND} />;
}

function Facts({ model, rows, facts }: FactsProps & { facts: Record<string, Fact> }) {
  const known = { model, rows, rules: endRulesOf(model.training_config) };
  const labels: Record<string, string> = t().labels;
  const told = Object.entries(facts).flatMap(([name, read]) => {
    const text = read(known);
    return text === null ? [] : [{ name, text }];
  });
  if (told.length === 0) return null;
  return (
    <dl class="facts">
      {told.map(({ name, text }) => (
        <div key={name} class={name}>
          <dt>{labels[name]}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
