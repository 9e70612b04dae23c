/** Name and tags of a model, changed in place. A tag may hold commas, so each is added by itself. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ModelResource } from '../../src/contract/model.ts';
import { asFailure, client } from '../api/client.ts';
import { failureNotice, type Notice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';

const t = words({
  en: {
    name: 'Name',
    tag: 'Another tag',
    without: (tag: string) => `Remove the tag ${tag}`,
    save: 'Save',
    cancel: 'Cancel',
    refused: 'The name could not be changed',
  },
  ru: {
    name: 'Название',
    tag: 'Ещё метка',
    without: (tag: string) => `Убрать метку ${tag}`,
    save: 'Сохранить',
    cancel: 'Отмена',
    refused: 'Изменить название не удалось',
  },
});

interface RenameFormProps {
  model: ModelResource;
  /** Given what the service answered. */
  onTake: (model: ModelResource) => void;
  onEnd: () => void;
}

export function RenameForm({ model, onTake, onEnd }: RenameFormProps) {
  const name = useSignal(model.name ?? '');
  const tags = useSignal<readonly string[]>(model.tags);
  const tag = useSignal('');
  const isSaving = useSignal(false);
  const refused = useSignal<Notice | null>(null);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current!.select(), []);
  const word = t();

  const add = () => {
    const text = tag.peek().trim();
    if (text !== '' && !tags.peek().includes(text)) tags.value = [...tags.peek(), text];
    tag.value = '';
  };
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    add();
    isSaving.value = true;
    try {
      onTake(await client.changeModel(model.model_uid, { name: name.peek(), tags: [...tags.peek()] }));
      onEnd();
    } catch (thrown) {
      refused.value = failureNotice(word.refused, asFailure(thrown));
    }
    isSaving.value = false;
  };
  return (
    <form class="rename row" onSubmit={save} onKeyDown={event => event.key === 'Escape' && onEnd()}>
      <h1 class="visually-hidden">{model.name ?? model.model_uid}</h1>
      <label class="field">
        <span>{word.name}</span>
        <input
          ref={first}
          maxLength={200}
          value={name.value}
          onInput={event => (name.value = event.currentTarget.value)}
        />
      </label>
      {tags.value.map(known => (
        <button
          key={known}
          type="button"
          class="small tag"
          aria-label={word.without(known)}
          title={word.without(known)}
          onClick={() => (tags.value = tags.peek().filter(other => other !== known))}
        >
          {known} ×
        </button>
      ))}
      <label class="field">
        <span>{word.tag}</span>
        <input
          maxLength={100}
          value={tag.value}
          onInput={event => (tag.value = event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter' || tag.peek().trim() === '') return;
            event.preventDefault();
            add();
          }}
        />
      </label>
      <button type="submit" class="primary" disabled={isSaving.value}>
        {word.save}
      </button>
      <button type="button" onClick={onEnd}>
        {word.cancel}
      </button>
      <Notices notices={refused.value ? [refused.value] : []} />
    </form>
  );
}
