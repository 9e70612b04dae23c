/** How the dataset is to be read, where its content does not tell: which labels, of which format, with which password. */
import { useId } from 'preact/hooks';
import { DATASET_FORMATS, type DatasetFormat } from '../../src/contract/dataset.ts';
import { words } from '../language/language.ts';
import { checkAgain, chosen, password, readSettings } from './data-flow.ts';

const t = words({
  en: {
    title: 'How to read it',
    format: 'Format of the labels',
    auto: 'told by its content',
    labels: 'Label file',
    labelsHint: 'Path within the archive, where there are several.',
    password: 'Password of the archive',
    check: 'Check again',
    first: 'Check',
  },
  ru: {
    title: 'Как читать',
    format: 'Формат разметки',
    auto: 'по содержимому',
    labels: 'Файл разметки',
    labelsHint: 'Путь внутри архива, если их несколько.',
    password: 'Пароль архива',
    check: 'Проверить снова',
    first: 'Проверить',
  },
});

interface ReadSettingsProps {
  /** The service asked for the password, or the archive is seen to have one. */
  needsPassword: boolean;
  isFirst: boolean;
}

export function ReadSettingsForm({ needsPassword, isFirst }: ReadSettingsProps) {
  const listId = useId();
  const word = t();
  const { dataset_format: format, dataset_labels: labels } = readSettings.value;
  const set = (name: 'dataset_format' | 'dataset_labels', value: string) => {
    const { [name]: _, ...others } = readSettings.value;
    readSettings.value = value === '' ? others : { ...others, [name]: value as DatasetFormat };
  };
  return (
    <form
      class="stack new-tight"
      aria-label={word.title}
      onSubmit={event => {
        event.preventDefault();
        void checkAgain();
      }}
    >
      <div class="new-fields">
        {needsPassword && (
          <label class="field">
            <span>{word.password}</span>
            <input
              type="password"
              autocomplete="off"
              required
              value={password.value}
              onInput={event => {
                password.value = event.currentTarget.value;
              }}
            />
          </label>
        )}
        <label class="field">
          <span>{word.format}</span>
          <select value={format ?? ''} onChange={event => set('dataset_format', event.currentTarget.value)}>
            <option value="">{word.auto}</option>
            {Object.entries(DATASET_FORMATS).map(([name, meaning]) => (
              <option key={name} value={name}>
                {meaning}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{word.labels}</span>
          <input
            list={listId}
            value={labels ?? ''}
            placeholder={word.auto}
            title={word.labelsHint}
            onInput={event => set('dataset_labels', event.currentTarget.value.trim())}
          />
          <datalist id={listId}>
            {chosen.value?.contents?.labelFiles.map(path => (
              <option key={path} value={path} />
            ))}
          </datalist>
        </label>
      </div>
      <div class="row">
        <button type="submit" class="primary">
          {isFirst ? word.first : word.check}
        </button>
      </div>
    </form>
  );
}
