/** The last step: what the model shall be called, what is still missing, and the start. */
import { useSignal } from '@preact/signals';
import { modelChangesSchema } from '../../src/contract/model-changes.ts';
import { asFailure } from '../api/client.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { go } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { basis, config, faults, from, modelName, tags, tagsText, takeRefusal } from './config-draft.ts';
import { stage } from './data-flow.ts';
import { faultText } from './fault-words.ts';
import { startTraining } from './start.ts';

const t = words({
  en: {
    name: 'Name of the model',
    tags: 'Tags, parted by commas',
    start: 'Start the training',
    starting: 'Starting…',
    failed: 'The training was not started',
    missing: 'Before it can start',
    needsData: 'the data has to be checked',
    needsConfig: 'the configuration has to be put right',
    needsTags: 'there are too many tags, or one is too long: 50 of 100 characters each at most',
  },
  ru: {
    name: 'Название модели',
    tags: 'Метки через запятую',
    start: 'Начать обучение',
    starting: 'Запускается…',
    failed: 'Обучение не началось',
    missing: 'До начала',
    needsData: 'данные должны быть проверены',
    needsConfig: 'нужно исправить настройки',
    needsTags: 'меток слишком много или они слишком длинные: не больше 50 по 100 знаков',
  },
});

export function StartStep() {
  const isStarting = useSignal(false);
  const failure = useSignal<Notice | null>(null);
  const word = t();
  const now = stage.value;
  const checkId = basis.value === 'resumeSame' ? null : now.at === 'checked' ? now.check.check_id : undefined;
  const wrong = [...faults.value.values()];
  const missing = [
    ...(checkId === undefined ? [word.needsData] : []),
    ...(wrong.length > 0 ? [word.needsConfig] : []),
    ...(modelChangesSchema.safeParse({ tags: tags.value }).success ? [] : [word.needsTags]),
  ];
  const start = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isStarting.peek() || checkId === undefined) return;
    isStarting.value = true;
    failure.value = null;
    const sent = config.peek();
    const order = { config: sent, basis: basis.peek(), from: from.peek(), checkId };
    try {
      const uid = await startTraining({ ...order, name: modelName.peek(), tags: tags.peek() });
      // The next one shall have a name of its own; the rest is a good beginning for it.
      modelName.value = '';
      go(['models', uid]);
    } catch (thrown) {
      const refusal = asFailure(thrown);
      takeRefusal(sent, refusal.errors);
      failure.value = failureNotice(word.failed, refusal);
      // After a start it stays as it is until the view is gone: the second press of a double click comes in between.
      isStarting.value = false;
    }
  };
  return (
    <form class="stack" onSubmit={event => void start(event)}>
      <div class="new-fields">
        <label class="field">
          <span>{word.name}</span>
          <input
            maxLength={200}
            value={modelName.value}
            onInput={event => {
              modelName.value = event.currentTarget.value;
            }}
          />
        </label>
        <label class="field">
          <span>{word.tags}</span>
          <input
            value={tagsText.value}
            onInput={event => {
              tagsText.value = event.currentTarget.value;
            }}
          />
        </label>
      </div>
      <Notices notices={failure.value ? [failure.value] : []} />
      {wrong.length > 0 && (
        <ul class="small new-wrong">
          {wrong.map(fault => (
            <li key={fault.pointer}>
              <code>{fault.pointer.slice(1).replaceAll('/', '.')}</code>: {faultText(fault)}
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        <button type="submit" class="primary" disabled={missing.length > 0 || isStarting.value}>
          {isStarting.value ? word.starting : word.start}
        </button>
        {missing.length > 0 && (
          <span class="small muted" role="status">
            {word.missing}: {missing.join(', ')}.
          </span>
        )}
      </div>
    </form>
  );
}
