/** What can be done with a result: see its model, run the video again with other settings, cancel what has not ended, delete it. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client } from '../api/client.ts';
import { models, openModels } from '../api/models-store.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { go, hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { isEnded } from '../language/state-words.ts';
import { shortUid, titleOf } from '../models/model-words.ts';
import { DeleteResult } from './delete-result.tsx';

const t = words({
  en: {
    model: (title: string) => `Model: ${title}`,
    again: 'Run again with other settings',
    cancel: 'Cancel',
    canceling: 'canceling…',
    delete: 'Delete',
    notCanceled: 'It was not canceled',
  },
  ru: {
    model: (title: string) => `Модель: ${title}`,
    again: 'Запустить с другими настройками',
    cancel: 'Отменить',
    canceling: 'отменяется…',
    delete: 'Удалить',
    notCanceled: 'Отменить не удалось',
  },
});

export function ResultActions({ inference }: { inference: InferenceResource }) {
  const word = t();
  const { results_id: id, task_id: taskId, model_uid: uid, state, control } = inference;
  const isAsking = useSignal(false);
  const isCanceling = useSignal(false);
  const fault = useSignal<Notice | null>(null);
  useEffect(openModels, []);
  const model = models.value?.get(uid);
  const cancel = async () => {
    isCanceling.value = true;
    fault.value = null;
    try {
      await client.cancelTask(taskId);
    } catch (thrown) {
      isCanceling.value = false;
      fault.value = failureNotice(word.notCanceled, asFailure(thrown));
    }
  };
  const isObeying = isCanceling.value || control === 'cancel';
  return (
    <>
      <div class="row">
        <a class="button" href={hrefOf(['models', uid])}>
          {word.model(model ? titleOf(model) : shortUid(uid))}
        </a>
        <a class="button" href={hrefOf(['results'], { again: id })}>
          {word.again}
        </a>
        {isEnded(state) ? (
          <button
            type="button"
            class="danger"
            onClick={() => {
              isAsking.value = true;
            }}
          >
            {word.delete}
          </button>
        ) : (
          <button type="button" disabled={isObeying} onClick={() => void cancel()}>
            {isObeying ? word.canceling : word.cancel}
          </button>
        )}
      </div>
      <Notices notices={fault.value ? [fault.value] : []} />
      <DeleteResult
        inference={isAsking.value ? inference : null}
        onClose={() => {
          isAsking.value = false;
        }}
        onDeleted={() => go(['results'])}
      />
    </>
  );
}
