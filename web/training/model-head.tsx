/**
 * What stands above every view of one model: what it is called and how it fares, the ways to its other views, and what can be done with it.
 * When the model cannot be shown, it says why, and the views need not.
 */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { TaskControl } from '../../src/contract/task.ts';
import { useModel } from '../api/model-store.ts';
import { useCurrentInSight } from '../frame/in-sight.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { hrefOf, route } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { isEnded } from '../language/state-words.ts';
import { kindOf, modelStatus, shortUid, titleOf } from '../models/model-words.ts';
import { ModelControls } from './model-controls.tsx';
import { RenameForm } from './rename-form.tsx';
import './model-head.css';

const t = words({
  en: {
    views: 'Views of this model',
    training: 'Training',
    samples: 'Samples',
    videos: 'Videos',
    tryIt: 'Try it',
    compare: 'Compare',
    rename: 'Rename',
    copy: 'Copy',
    copied: 'Copied',
    uid: 'Copy the model_uid',
    unshown: 'This model cannot be shown',
    stale: 'This model could not be brought up to date',
    models: 'To the list of models',
  },
  ru: {
    views: 'Разделы этой модели',
    training: 'Обучение',
    samples: 'Примеры',
    videos: 'Видео',
    tryIt: 'Попробовать',
    compare: 'Сравнить',
    rename: 'Переименовать',
    copy: 'Копировать',
    copied: 'Скопировано',
    uid: 'Копировать model_uid',
    unshown: 'Эту модель нельзя показать',
    stale: 'Сведения об этой модели не удалось обновить',
    models: 'К списку моделей',
  },
});

export function ModelHead({ uid }: { uid: string }) {
  const store = useModel(uid);
  const isRenaming = useSignal(false);
  const renameButton = useRef<HTMLButtonElement>(null);
  const endRenaming = () => {
    isRenaming.value = false;
    requestAnimationFrame(() => renameButton.current?.focus());
  };
  /** What was asked for here and is not yet what the service says. */
  const pressed = useSignal<TaskControl | null>(null);
  const refused = useSignal<Notice | null>(null);
  useSignalEffect(() => {
    const said = store.model.value;
    if (said !== null && (isEnded(said.state) || said.control === pressed.peek())) pressed.value = null;
  });
  const model = store.model.value;
  const failure = store.failure.value;
  const word = t();
  const told = [
    ...(failure ? [failureNotice(model ? word.stale : word.unshown, failure)] : []),
    ...(refused.value ? [refused.value] : []),
  ];
  if (model === null) {
    return (
      <header class="model-head stack">
        <h1>{shortUid(uid)}</h1>
        <Notices notices={told} />
        {failure && <a href={hrefOf(['models'])}>{word.models}</a>}
      </header>
    );
  }
  const status = modelStatus({ ...model, control: pressed.value ?? model.control });
  return (
    <header class="model-head stack">
      <div class="row apart">
        <div class="identity">
          {isRenaming.value ? (
            <RenameForm model={model} onTake={store.take} onEnd={endRenaming} />
          ) : (
            <div class="row">
              <h1>{titleOf(model)}</h1>
              <button ref={renameButton} type="button" class="small" onClick={() => (isRenaming.value = true)}>
                {word.rename}
              </button>
              {model.tags.map(tag => (
                <span key={tag} class="tag">
                  {tag}
                </span>
              ))}
            </div>
          )}
          <div class="row">
            <span class={`state ${status.tone}`} role="status">
              {status.word}
            </span>
            <span class="muted small">{kindOf(model)}</span>
            <Uid uid={uid} />
          </div>
        </div>
        <ModelControls model={model} pressed={pressed} refused={refused} />
      </div>
      <Notices notices={told} />
      <Tabs uid={uid} hasWeights={model.has_weights} />
    </header>
  );
}

/** Whole, for scripts; browsers let it be copied where the page came over https or from this machine. */
function Uid({ uid }: { uid: string }) {
  const isCopied = useSignal(false);
  const code = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(uid);
    } catch {
      // The browser forbids it: what is selected can be copied by keys.
      getSelection()?.selectAllChildren(code.current!);
      return;
    }
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), 2000);
  };
  return (
    <span class="uid muted small">
      <code ref={code}>{uid}</code>
      {'clipboard' in navigator && (
        <button type="button" class="small" aria-label={t().uid} title={t().uid} onClick={copy}>
          <span aria-live="polite">{isCopied.value ? t().copied : t().copy}</span>
        </button>
      )}
    </span>
  );
}

function Tabs({ uid, hasWeights }: { uid: string; hasWeights: boolean }) {
  const word = t();
  const { path } = route.value;
  const here = path[0] === 'models' ? (path[2] ?? 'training') : path[0];
  const tabs = [
    ['training', word.training, hrefOf(['models', uid])],
    ['samples', word.samples, hrefOf(['models', uid, 'samples'])],
    ['results', word.videos, hrefOf(['results'], { model: uid })],
    ...(hasWeights ? [['try', word.tryIt, hrefOf(['models', uid, 'try'])]] : []),
    ['compare', word.compare, hrefOf(['compare'], { models: uid })],
  ] as [name: string, label: string, href: string][];
  const line = useRef<HTMLElement>(null);
  useCurrentInSight(line, [here, word]);
  return (
    <nav ref={line} class="tabs" aria-label={word.views}>
      {tabs.map(([name, label, href]) => (
        <a key={name} href={href} aria-current={here === name ? 'page' : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
