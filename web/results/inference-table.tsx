/** The list of inferences: what was run on what, how far it is, what came of it. */
import { useSignal } from '@preact/signals';
import type { InferenceResource } from '../../src/contract/inference-resource.ts';
import { asFailure, client } from '../api/client.ts';
import { models } from '../api/models-store.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { hrefOf } from '../frame/routes.ts';
import { nowMs } from '../frame/ticking.ts';
import { words } from '../language/language.ts';
import { formatAge, formatDate } from '../language/numbers.ts';
import { formatProgress, isEnded, phaseOf, statusOf } from '../language/state-words.ts';
import { shortUid, titleOf } from '../models/model-words.ts';
import { DeleteResult } from './delete-result.tsx';
import { formatFramesDone, formatPace } from './inference-words.ts';

const t = words({
  en: {
    video: 'Video',
    model: 'Model',
    state: 'State',
    frames: 'Predicted',
    age: 'Sent',
    actions: 'Actions',
    cancel: 'Cancel',
    delete: 'Delete',
    notCanceled: (name: string) => `${name} was not canceled`,
  },
  ru: {
    video: 'Видео',
    model: 'Модель',
    state: 'Состояние',
    frames: 'Обработано',
    age: 'Отправлено',
    actions: 'Действия',
    cancel: 'Отменить',
    delete: 'Удалить',
    notCanceled: (name: string) => `${name}: отменить не удалось`,
  },
});

interface InferenceTableProps {
  inferences: readonly InferenceResource[];
  /** Something was changed from here. */
  onChanged: () => void;
  onDeleted: () => void;
}

export function InferenceTable({ inferences, onChanged, onDeleted }: InferenceTableProps) {
  const word = t();
  const deleting = useSignal<InferenceResource | null>(null);
  const fault = useSignal<Notice | null>(null);
  const cancel = async ({ task_id, file_name }: InferenceResource) => {
    fault.value = null;
    try {
      await client.cancelTask(task_id);
    } catch (thrown) {
      fault.value = failureNotice(word.notCanceled(file_name), asFailure(thrown));
    }
    onChanged();
  };
  return (
    <>
      <Notices notices={fault.value ? [fault.value] : []} />
      <table class="results-table">
        <thead>
          <tr>
            <th scope="col">{word.video}</th>
            <th scope="col">{word.state}</th>
            <th scope="col">{word.frames}</th>
            <th scope="col">{word.model}</th>
            <th scope="col">{word.age}</th>
            <th scope="col">
              <span class="visually-hidden">{word.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {inferences.map(inference => (
            <Row
              key={inference.results_id}
              inference={inference}
              onCancel={() => void cancel(inference)}
              onDelete={() => {
                deleting.value = inference;
              }}
            />
          ))}
        </tbody>
      </table>
      <DeleteResult
        inference={deleting.value}
        onClose={() => {
          deleting.value = null;
        }}
        onDeleted={onDeleted}
      />
    </>
  );
}

interface RowProps {
  inference: InferenceResource;
  onCancel: () => void;
  onDelete: () => void;
}

function Row({ inference, onCancel, onDelete }: RowProps) {
  const word = t();
  const { results_id: id, file_name: name, model_uid: uid, created_at: createdAt, progress, error } = inference;
  const status = statusOf(inference, 'infer');
  const model = models.value?.get(uid);
  const isOpen = !isEnded(inference.state);
  return (
    <tr>
      <th scope="row" class="results-name">
        <a href={hrefOf(['results', id])}>{name}</a>
      </th>
      <td class="results-state">
        <span class={`state ${status.tone}`}>{status.word}</span>
        {isOpen && <Doing inference={inference} stateWord={status.word} />}
        {error && <p class="small muted">{error.message}</p>}
      </td>
      <td data-label={word.frames}>
        {formatFramesDone(inference)}
        {isOpen && progress && <span class="small muted results-pace">{formatPace(progress)}</span>}
      </td>
      <td data-label={word.model}>
        <a href={hrefOf(['models', uid])}>{model ? titleOf(model) : shortUid(uid)}</a>
      </td>
      <td data-label={word.age}>
        <time dateTime={createdAt} title={formatDate(createdAt)}>
          {formatAge(nowMs.value - Date.parse(createdAt))}
        </time>
      </td>
      <td class="results-actions">
        {isOpen && (
          <button type="button" class="small" disabled={inference.control === 'cancel'} onClick={onCancel}>
            {word.cancel}
            <span class="visually-hidden"> {name}</span>
          </button>
        )}
        {!isOpen && (
          <button type="button" class="small danger" onClick={onDelete}>
            {word.delete}
            <span class="visually-hidden"> {name}</span>
          </button>
        )}
      </td>
    </tr>
  );
}

/** The phase of an inference that has not ended, unless its state says the same, and how far it is. */
function Doing({ inference, stateWord }: { inference: InferenceResource; stateWord: string }) {
  const { progress, state } = inference;
  const phase = phaseOf(inference);
  const parts = [phase !== stateWord && phase, progress && formatProgress(progress)].filter(Boolean);
  return (
    <div class="small muted">
      {parts.join(': ')}
      {state === 'active' && progress?.total ? (
        <progress max={progress.total} value={progress.done} aria-label={phase} />
      ) : null}
    </div>
  );
}
