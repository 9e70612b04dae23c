/** The trainings, newest first, each a link; one line of state, one of what it is, one of how far it has come. */
import type { ModelResource } from '../src/contract/model.ts';
import { serverNowMs } from './api.ts';
import { element, setText } from './dom.ts';
import { formatAge, formatCount, formatNumber, kindOf, plural, shortUid, statusOf } from './format.ts';
import { endRulesOf } from './training-log.ts';

/** GET /api/models answers with no more than this many. */
const LONGEST_LIST = 100;

export interface ModelList {
  update: (models: readonly ModelResource[]) => void;
  /** Marks the training whose page is open. */
  select: (uid: string | null) => void;
  tick: () => void;
}

interface Item {
  line: HTMLLIElement;
  link: HTMLAnchorElement;
  update: (model: ModelResource) => void;
  tick: () => void;
}

export function createModelList(host: HTMLElement): ModelList {
  const items = new Map<string, Item>();
  let selected: string | null = null;
  const list = element('ul', { class: 'models' });
  const note = element('p', { class: 'muted' });
  host.append(list, note);

  const mark = () => {
    for (const link of list.querySelectorAll('[aria-current]')) link.removeAttribute('aria-current');
    const link = selected === null ? undefined : items.get(selected)?.link;
    link?.setAttribute('aria-current', 'page');
    link?.scrollIntoView({ block: 'nearest' });
  };

  return {
    update: models => {
      let arrived = false;
      const present = new Set(models.map(model => model.model_uid));
      for (const [uid, { line }] of items) {
        if (present.has(uid)) continue;
        line.remove();
        items.delete(uid);
      }
      models.forEach((model, position) => {
        let item = items.get(model.model_uid);
        if (!item) {
          item = createItem(model);
          items.set(model.model_uid, item);
          arrived = true;
        }
        item.update(model);
        // Moving a node takes the focus from it, so only what stands in the wrong place is moved.
        if (list.children[position] !== item.line) list.insertBefore(item.line, list.children[position] ?? null);
      });
      if (arrived) mark();
      setText(note, models.length >= LONGEST_LIST ? `The newest ${LONGEST_LIST} are shown.` : '');
    },
    select: uid => {
      selected = uid;
      mark();
    },
    tick: () => {
      for (const item of items.values()) item.tick();
    },
  };
}

function createItem({ model_uid, created_at }: ModelResource): Item {
  const state = element('span', { class: 'state' });
  const age = element('time', { class: 'muted', datetime: created_at });
  const name = element('span', { class: 'name' });
  const progress = element('span', { class: 'muted' });
  const link = element(
    'a',
    { href: `#/models/${model_uid}` },
    element('span', { class: 'row' }, state, age),
    name,
    progress,
  );
  const tick = () => setText(age, formatAge(serverNowMs() - Date.parse(created_at)));
  return {
    line: element('li', {}, link),
    link,
    tick,
    update: model => {
      const status = statusOf(model);
      state.className = `state ${status.tone}`;
      setText(state, status.word);
      setText(name, `${shortUid(model_uid)} · ${kindOf(model)}`);
      setText(progress, progressOf(model));
      tick();
    },
  };
}

/** `epoch 12 of 100 · val_loss 1.23e-4`, or the phase while no epoch has ended. */
function progressOf({ state, phase, epochs, last_epoch, training_config, origin }: ModelResource): string {
  if (epochs === 0 && (state === 'active' || state === 'queued')) return phase;
  if (origin === 'import') return state === 'succeeded' ? 'imported' : 'not imported';
  if (epochs === 0) return 'no epoch finished';
  const { maxEpochs } = endRulesOf(training_config);
  const done =
    maxEpochs === null ? plural(epochs, 'epoch') : `epoch ${formatCount(epochs)} of ${formatCount(maxEpochs)}`;
  return last_epoch ? `${done} · val_loss ${formatNumber(last_epoch.val_loss)}` : done;
}
