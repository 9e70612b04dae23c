/** The question before an inference is deleted with all that was found. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client } from '../api/client.ts';
import { Dialog } from '../frame/dialog.tsx';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { formatFramesDone } from './inference-words.ts';

const t = words({
  en: {
    title: 'Delete this result?',
    text: (name: string, frames: string) => `What was found in ${name} (${frames}) goes, and its overlay with it.`,
    keep: 'Keep it',
    delete: 'Delete',
    failed: 'It was not deleted',
  },
  ru: {
    title: 'Удалить этот результат?',
    text: (name: string, frames: string) => `Всё найденное в ${name} (${frames}) и видео с точками будут удалены.`,
    keep: 'Оставить',
    delete: 'Удалить',
    failed: 'Удалить не удалось',
  },
});

interface DeleteResultProps {
  /** null: the question is not asked. */
  inference: InferenceResource | null;
  onClose: () => void;
  /** Told when the question is closed again, so that the focus can be put somewhere else. */
  onDeleted: () => void;
}

export function DeleteResult({ inference, onClose, onDeleted }: DeleteResultProps) {
  const word = t();
  const fault = useSignal<Notice | null>(null);
  const isBusy = useSignal(false);
  const isGone = useRef(false);
  const remove = async () => {
    isBusy.value = true;
    fault.value = null;
    try {
      await client.deleteInference(inference!.results_id);
      isGone.current = true;
      onClose();
    } catch (thrown) {
      fault.value = failureNotice(word.failed, asFailure(thrown));
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <Dialog
      title={word.title}
      isOpen={inference !== null}
      onClose={() => {
        fault.value = null;
        if (isGone.current) onDeleted();
        else onClose();
        isGone.current = false;
      }}
    >
      {inference && <p>{word.text(inference.file_name, formatFramesDone(inference))}</p>}
      <Notices notices={fault.value ? [fault.value] : []} />
      <div class="row">
        <button type="button" onClick={onClose}>
          {word.keep}
        </button>
        <button type="button" class="danger" disabled={isBusy.value} onClick={() => void remove()}>
          {word.delete}
        </button>
      </div>
    </Dialog>
  );
}
