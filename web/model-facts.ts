/**
 * What is known of a training besides its curves, as label and value. Each fact is a function that answers null while there is
 * nothing true to say; its line is then not shown.
 */
import type { EpochRow, ModelResource, PixelError } from '../src/contract/model.ts';
import { element, setText } from './dom.ts';
import * as format from './format.ts';
import { bestRow, type EndRules, epochsWithoutImprovement, remainingSeconds } from './training-log.ts';

export interface Known {
  model: ModelResource;
  rows: readonly EpochRow[];
  rules: EndRules;
  /** By the server's clock. */
  nowMs: number;
  /** Claims a task may use up; null while unknown. */
}

type Fact = (known: Known) => string | null;

/** What a person who waits wants to know. */
export const COURSE_FACTS: Record<string, Fact> = {
  Epochs: ({ model, rules }) => {
    // The log of an imported model may have stayed where it was trained.
    if (model.origin === 'import' && model.epochs === 0) return null;
    return rules.maxEpochs === null
      ? format.formatCount(model.epochs)
      : `${format.formatCount(model.epochs)} of ${format.isEnded(model.state) ? 'at most ' : ''}${format.formatCount(rules.maxEpochs)}`;
  },
  'Best validation loss': ({ rows }) => {
    const best = bestRow(rows);
    return best && `${format.formatNumber(best.val_loss)} at epoch ${format.formatCount(best.epoch)}`;
  },
  'Since last improvement': ({ model, rows, rules }) => {
    if (format.isEnded(model.state) || rows.length === 0) return null;
    const waited = epochsWithoutImprovement(rows, rules.minDelta);
    if (rules.patienceEpochs === null) return format.plural(waited, 'epoch');
    return `${waited} of ${format.plural(rules.patienceEpochs, 'epoch')}`;
  },
  Elapsed: ({ model, nowMs }) => {
    if (model.started_training_at === null) return null;
    const endMs = model.finished_training_at === null ? nowMs : Date.parse(model.finished_training_at);
    return format.formatDuration((endMs - Date.parse(model.started_training_at)) / 1000);
  },
  Remaining: ({ model, rows, rules }) => {
    if (model.state !== 'active' || model.control !== null) return null;
    const seconds = remainingSeconds(rows, model.epochs, rules.maxEpochs);
    if (seconds === null) return null;
    return `about ${format.formatDuration(seconds)}${rules.patienceEpochs === null ? '' : ', may stop earlier'}`;
  },
};

/** What it runs on and with. */
export const BACKGROUND_FACTS: Record<string, Fact> = {
  Worker: ({ model }) => model.worker,
  Attempt: ({ model }) => (model.attempt < 2 ? null : `${model.attempt} of ${model.max_attempts}`),
  Frames: ({ model }) =>
    model.frames &&
    `${format.formatCount(model.frames.train)} training, ${format.formatCount(model.frames.validation)} validation`,
  Keypoints: ({ model }) => model.keypoints && format.formatCount(model.keypoints.length),
  Parameters: ({ model }) => (model.parameters === null ? null : format.formatCount(model.parameters)),
  'Began with': ({ model }) => {
    const hasEncoder = ['pretrained_encoder', 'resnet'].includes(String(model.training_config.backbone_model));
    if (!hasEncoder || model.parameters === null) return null;
    if (model.initial_weights !== null) return `ImageNet weights (${model.initial_weights.file})`;
    return model.origin === 'import' ? null : 'random weights';
  },
  Seed: ({ model }) => String(model.seed),
  Weights: ({ model }) => (!format.isEnded(model.state) ? null : model.has_weights ? 'kept' : 'none'),
  Created: ({ model }) => format.formatDate(model.created_at),
  Finished: ({ model }) => model.finished_training_at && format.formatDate(model.finished_training_at),
};

/** The list of facts; lines come and go as they become known. */
export function createFacts(facts: Record<string, Fact>): { element: HTMLElement; update: (known: Known) => void } {
  const lines = Object.entries(facts).map(([label, read]) => {
    const value = element('dd');
    return { read, value, line: element('div', {}, element('dt', {}, label), value) };
  });
  return {
    element: element('dl', { class: 'facts card' }, ...lines.map(({ line }) => line)),
    update: known => {
      for (const { read, value, line } of lines) {
        const text = read(known);
        line.hidden = text === null;
        setText(value, text ?? '');
      }
    },
  };
}

const pixels = (value: number | null) => (value === null ? '–' : `${format.formatNumber(value)} px`);

/** Validation error of the best weights beside what answering each keypoint's mean position would give. */
export function pixelErrorCard(error: PixelError): HTMLElement {
  const row = (label: string, own: number | null, baseline: number | null) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      element('td', {}, pixels(own)),
      element('td', {}, pixels(baseline)),
    );
  const head = ['This model', 'Mean position'].map(label => element('th', { scope: 'col' }, label));
  const useless = error.mean !== null && error.baseline_mean !== null && error.mean >= error.baseline_mean;
  const visible = error.count + error.missed;
  return element(
    'section',
    { class: 'card', 'aria-label': 'Pixel error' },
    element('header', {}, element('h2', {}, 'Distance from the labels, validation frames')),
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, element('td'), ...head)),
      element(
        'tbody',
        {},
        row('Mean', error.mean, error.baseline_mean),
        row('Median', error.median, error.baseline_median),
      ),
    ),
    element(
      'p',
      { class: 'muted' },
      `${format.formatCount(error.count)} of ${format.formatCount(visible)} visible keypoints were found. `,
      useless
        ? 'Not better than always answering where a keypoint lies on average: this model has not learnt to find them.'
        : 'Mean position: always answering where a keypoint lies on average.',
    ),
  );
}
