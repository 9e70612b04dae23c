/**
 * What can be done with a model: stop or cancel while it works; its files, another training like it, or deletion afterwards.
 *
 * Stop and Cancel only ask: the worker obeys at its next batch. So a press shows at once that it was heard ("Stopping…") and holds until the
 * service says the same or refuses; a refusal is told in the service's own words.
 */
import { type Signal, useSignal } from '@preact/signals';
import type { ModelResource } from '../../src/contract/model.ts';
import type { TaskControl } from '../../src/contract/task.ts';
import { asFailure, client, urlOf } from '../api/client.ts';
import { forgetModel } from '../api/models-store.ts';
import { Dialog } from '../frame/dialog.tsx';
import { failureNotice, type Notice } from '../frame/notices.tsx';
import { go, hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { isEnded } from '../language/state-words.ts';

const t = words({
  en: {
    group: 'Control',
    stop: 'Stop',
    stopping: 'Stopping…',
    stopHint: 'keeps the best weights',
    cancel: 'Cancel',
    canceling: 'Canceling…',
    cancelHint: 'discards',
    download: 'Download model',
    again: 'Train again',
    againHint: 'A new training with this configuration',
    delete: 'Delete',
    refused: 'That was not possible',
    discardTitle: 'Discard this training?',
    discardText: 'Its weights are not kept. Stop ends it now and keeps the best ones.',
    discard: 'Discard',
    keep: 'Keep training',
    deleteTitle: 'Delete this model?',
    deleteText: 'Its weights, its log and what it found in videos are gone for good.',
    keepModel: 'Keep it',
  },
  ru: {
    group: 'Управление',
    stop: 'Остановить',
    stopping: 'Останавливается…',
    stopHint: 'лучшие веса останутся',
    cancel: 'Отменить',
    canceling: 'Отменяется…',
    cancelHint: 'ничего не останется',
    download: 'Скачать модель',
    again: 'Обучить ещё раз',
    againHint: 'Новое обучение с этими настройками',
    delete: 'Удалить',
    refused: 'Не получилось',
    discardTitle: 'Отменить обучение?',
    discardText: 'Веса не сохранятся. Кнопка «Остановить» закончит обучение сейчас и сохранит лучшие.',
    discard: 'Отменить обучение',
    keep: 'Продолжить обучение',
    deleteTitle: 'Удалить модель?',
    deleteText: 'Её веса, журнал и всё, что она нашла в видео, пропадут навсегда.',
    keepModel: 'Оставить',
  },
});

interface ModelControlsProps {
  model: ModelResource;
  pressed: Signal<TaskControl | null>;
  refused: Signal<Notice | null>;
}

export function ModelControls({ model, pressed, refused }: ModelControlsProps) {
  const asking = useSignal<'cancel' | 'delete' | null>(null);
  const word = t();
  const { model_uid: uid, task_id: taskId, state, origin } = model;
  const hasEnded = isEnded(state);
  const asked = pressed.value ?? model.control;
  /** It waits for its first worker: there is nothing to keep or to lose. */
  const isUnbegun = state === 'queued' && model.epochs === 0;

  const attempt = async (act: () => Promise<unknown>) => {
    refused.value = null;
    try {
      await act();
      return true;
    } catch (thrown) {
      refused.value = failureNotice(word.refused, asFailure(thrown));
      return false;
    }
  };
  const ask = async (control: TaskControl) => {
    const before = pressed.peek();
    pressed.value = control;
    const isAsked = await attempt(() => (control === 'stop' ? client.stopTraining(uid) : client.cancelTask(taskId)));
    if (!isAsked) pressed.value = before;
  };
  const remove = async () => {
    if (!(await attempt(() => client.deleteModel(uid)))) return;
    forgetModel(uid);
    go(['models']);
  };
  const close = () => {
    asking.value = null;
  };
  return (
    <fieldset class="row" aria-label={word.group}>
      {hasEnded && model.has_weights && (
        <a class="button" download href={urlOf(`/api/models/${uid}/files/model.zip`)}>
          {word.download}
        </a>
      )}
      {origin === 'training' && hasEnded && (
        <a class="button" title={word.againHint} href={hrefOf(['new'], { from: uid })}>
          {word.again}
        </a>
      )}
      {/* Half an import is nothing to keep. */}
      {!hasEnded && origin === 'training' && (
        <button type="button" disabled={isUnbegun || asked !== null} onClick={() => void ask('stop')}>
          {asked === 'stop' ? word.stopping : word.stop} <small>{word.stopHint}</small>
        </button>
      )}
      {!hasEnded && (
        <button
          type="button"
          class="danger"
          disabled={asked === 'cancel'}
          onClick={() => (isUnbegun ? void ask('cancel') : (asking.value = 'cancel'))}
        >
          {asked === 'cancel' ? word.canceling : word.cancel} <small>{word.cancelHint}</small>
        </button>
      )}
      {hasEnded && (
        <button type="button" class="danger" onClick={() => (asking.value = 'delete')}>
          {word.delete}
        </button>
      )}
      <Question
        {...{ title: word.discardTitle, text: word.discardText, yes: word.discard, no: word.keep, onClose: close }}
        isOpen={asking.value === 'cancel' && !hasEnded}
        onYes={() => void ask('cancel')}
      />
      <Question
        {...{ title: word.deleteTitle, text: word.deleteText, yes: word.delete, no: word.keepModel, onClose: close }}
        isOpen={asking.value === 'delete'}
        onYes={() => void remove()}
      />
    </fieldset>
  );
}

interface QuestionProps {
  title: string;
  text: string;
  yes: string;
  no: string;
  isOpen: boolean;
  onYes: () => void;
  onClose: () => void;
}

/** Asks once more before hours of training are thrown away. */
function Question({ title, text, yes, no, isOpen, onYes, onClose }: QuestionProps) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <p>{text}</p>
      <div class="row">
        <button type="button" onClick={onClose}>
          {no}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
