/**
 * Stop and Cancel while it works, and the way to its files afterwards. The first two only ask: the worker obeys at its next batch. So a
 * press shows at once that it was heard ("stopping…") and holds until the service says the same or refuses; a refusal is told in the
 * service's own words.
 */
import type { ModelResource } from '../src/contract/model.ts';
import type { TaskControl } from '../src/contract/task.ts';
import { cancelTask, stopTraining } from './api.ts';
import { button, element, setText } from './dom.ts';
import { isEnded } from './format.ts';

export interface Controls {
  element: HTMLElement;
  update: (model: ModelResource) => void;
  /** What was asked for: pressed here, or known to the service. */
  asked: (model: ModelResource) => TaskControl | null;
}

export interface ControlEvents {
  /** A button was pressed or its request came back: `failure` is what went wrong, null when nothing did. */
  onChange: (failure: unknown) => void;
}

export function createControls({ onChange }: ControlEvents): Controls {
  let model: ModelResource | null = null;
  let pressed: TaskControl | null = null;

  const ask = async (control: TaskControl) => {
    if (!model) return;
    pressed = control;
    onChange(null);
    try {
      await (control === 'stop' ? stopTraining(model.model_uid) : cancelTask(model.task_id));
    } catch (failure) {
      pressed = null;
      onChange(failure);
    }
  };

  const stop = button('Stop', 'keeps the best weights', () => ask('stop'));
  const cancel = button('Cancel', 'discards', () => (model?.state === 'queued' ? ask('cancel') : dialog.showModal()));
  cancel.classList.add('danger');
  const dialog = discardDialog(() => ask('cancel'));

  const download = element('a', { class: 'button', download: '', hidden: '' }, 'Download model');

  return {
    element: element(
      'div',
      { class: 'controls', role: 'group', 'aria-label': 'Control' },
      download,
      stop,
      cancel,
      dialog,
    ),
    asked: ({ control }) => pressed ?? control,
    update: newModel => {
      model = newModel;
      const ended = isEnded(model.state);
      download.href = `/api/models/${model.model_uid}/files/model.zip`;
      download.hidden = !ended || !model.has_weights;
      if (ended || model.control === pressed) pressed = null;
      const asked = pressed ?? model.control;
      // Half an import is nothing to keep.
      stop.hidden = ended || model.origin === 'import';
      cancel.hidden = ended;
      stop.disabled = model.state !== 'active' || asked !== null;
      cancel.disabled = ended || asked === 'cancel';
      setText(stop.firstElementChild!, !ended && asked === 'stop' ? 'Stopping…' : 'Stop');
      setText(cancel.firstElementChild!, !ended && asked === 'cancel' ? 'Canceling…' : 'Cancel');
      if (cancel.disabled && dialog.open) dialog.close();
    },
  };
}

/** Asks once more before hours of training are thrown away. */
function discardDialog(onDiscard: () => void): HTMLDialogElement {
  const keep = element('button', { value: 'keep' }, 'Keep training');
  const discard = element('button', { value: 'discard', class: 'danger' }, 'Discard');
  const form = element(
    'form',
    { method: 'dialog' },
    element('h2', { id: 'discard-title' }, 'Discard this training?'),
    element('p', {}, 'Its weights are not kept. Stop ends it now and keeps the best ones.'),
    element('div', { class: 'controls' }, keep, discard),
  );
  const dialog = element('dialog', { 'aria-labelledby': 'discard-title' }, form);
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'discard') onDiscard();
    dialog.returnValue = '';
  });
  return dialog;
}
