/** Name and tags of a model, changed in place. */
import { useEffect, useRef } from 'preact/hooks';
import type { ModelResource } from '../../src/contract/model.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { addOnEnter, LONGEST_NAME, LONGEST_TAG, useNameAndTags } from '../models/name-and-tags.ts';

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
  const form = useNameAndTags(model, saved => {
    onTake(saved);
    onEnd();
  });
  const { name, tags, newTag, isSaving, refusal } = form;
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current!.select(), []);
  const word = t();
  return (
    <form
      class="rename row"
      onSubmit={event => void form.save(event)}
      onKeyDown={event => event.key === 'Escape' && onEnd()}
    >
      <h1 class="visually-hidden">{model.name ?? model.model_uid}</h1>
      <label class="field">
        <span>{word.name}</span>
        <input
          ref={first}
          maxLength={LONGEST_NAME}
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
          onClick={() => form.remove(known)}
        >
          {known} ×
        </button>
      ))}
      <label class="field">
        <span>{word.tag}</span>
        <input
          maxLength={LONGEST_TAG}
          value={newTag.value}
          onInput={event => (newTag.value = event.currentTarget.value)}
          onKeyDown={event => addOnEnter(event, form, form.add)}
        />
      </label>
      <button type="submit" class="primary" disabled={isSaving.value}>
        {word.save}
      </button>
      <button type="button" onClick={onEnd}>
        {word.cancel}
      </button>
      <Notices notices={refusal.value ? [failureNotice(word.refused, refusal.value)] : []} />
    </form>
  );
}
