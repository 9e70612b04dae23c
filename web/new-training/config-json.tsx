/** The configuration as the service takes it: to copy, to change by hand, to paste, or to read from a file, SLEAP's own among them. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type Notice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { config, faults, modelName } from './config-draft.ts';
import { ConfigUnreadable, readConfig } from './import-config.ts';

const t = words({
  en: {
    title: 'As JSON, or from a file of SLEAP',
    label: 'training_config',
    help: 'Change it here, paste one of another training, or open a training_config.json or a profile of SLEAP (up to 1.4).',
    apply: 'Take over',
    reset: 'As in the form',
    copy: 'Copy',
    copied: 'Copied.',
    selected: 'Selected: copy it with the keyboard.',
    open: 'Open a file…',
    taken: 'Taken over.',
    unreadable: 'This configuration cannot be taken over',
    why: { notJson: 'It is not JSON.', notAnObject: 'It is no object with fields.', sleap: '' },
    unknown: 'The configuration holds what no field shows',
  },
  ru: {
    title: 'В виде JSON или из файла SLEAP',
    label: 'training_config',
    help: 'Измените здесь, вставьте от другого обучения или откройте training_config.json либо профиль SLEAP (до 1.4).',
    apply: 'Применить',
    reset: 'Как в форме',
    copy: 'Скопировать',
    copied: 'Скопировано.',
    selected: 'Выделено: скопируйте клавиатурой.',
    open: 'Открыть файл…',
    taken: 'Применено.',
    unreadable: 'Эти настройки применить нельзя',
    why: { notJson: 'Это не JSON.', notAnObject: 'Это не объект с полями.', sleap: '' },
    unknown: 'В настройках есть то, чего нет в полях',
  },
});

export function ConfigJson() {
  /** null: as the form is. */
  const edited = useSignal<string | null>(null);
  const said = useSignal('');
  const failure = useSignal<Notice | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const word = t();
  const text = edited.value ?? JSON.stringify(config.value, null, 2);

  const takeOver = (given: string) => {
    said.value = '';
    failure.value = null;
    try {
      const { config: read, name } = readConfig(given);
      config.value = read;
      if (name !== null && modelName.peek() === '') modelName.value = name;
      edited.value = null;
      said.value = word.taken;
    } catch (thrown) {
      if (!(thrown instanceof ConfigUnreadable)) throw thrown;
      failure.value = { tone: 'bad', title: word.unreadable, text: `${word.why[thrown.why]} ${thrown.message}`.trim() };
    }
  };
  const openFile = async (file: File | undefined) => {
    if (file) takeOver(await file.text());
  };
  const copy = async () => {
    // Browsers write to the clipboard on https and on this machine only.
    const isDone = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    if (!isDone) area.current!.select();
    said.value = isDone ? word.copied : word.selected;
  };
  return (
    <details
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        event.stopPropagation();
        void openFile(event.dataTransfer?.files[0]);
      }}
    >
      <summary>{word.title}</summary>
      <div class="stack new-tight">
        <p class="small muted">{word.help}</p>
        <textarea
          ref={area}
          class="new-json"
          rows={14}
          spellcheck={false}
          aria-label={word.label}
          value={text}
          onInput={event => {
            edited.value = event.currentTarget.value;
          }}
        />
        <div class="row">
          <button type="button" disabled={edited.value === null} onClick={() => takeOver(text)}>
            {word.apply}
          </button>
          <button
            type="button"
            disabled={edited.value === null}
            onClick={() => {
              edited.value = null;
            }}
          >
            {word.reset}
          </button>
          <button type="button" onClick={() => void copy()}>
            {word.copy}
          </button>
          <button type="button" onClick={() => chooser.current!.click()}>
            {word.open}
          </button>
          <input
            ref={chooser}
            hidden
            type="file"
            name="config"
            accept=".json,application/json"
            aria-label={word.open}
            onChange={event => {
              void openFile(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
          <span class="small muted" role="status">
            {said.value}
          </span>
        </div>
        <Notices notices={[...(failure.value ? [failure.value] : []), ...unknownFields()]} />
      </div>
    </details>
  );
}

/** Faults that no field of the form shows. */
function unknownFields(): Notice[] {
  const unknown = [...faults.value.values()].filter(({ code }) => code === 'unrecognized_keys');
  if (unknown.length === 0) return [];
  return [{ tone: 'bad', title: t().unknown, text: unknown.map(({ pointer }) => pointer.slice(1)).join(', ') }];
}
