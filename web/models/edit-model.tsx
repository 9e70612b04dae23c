/** What people call a model: its name and its tags, changed in a dialog. */
import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { ModelResource } from '../../src/contract/model.ts';
import { models, takeModel } from '../api/models-store.ts';
import { Dialog } from '../frame/dialog.tsx';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { words } from '../language/language.ts';
import { tagsOf } from './list-query.ts';
import { shortUid } from './model-words.ts';
import { addOnEnter, LONGEST_NAME, LONGEST_TAG, useNameAndTags } from './name-and-tags.ts';

const t = words({
  en: {
    title: (uid: string) => `Name and tags of ${uid}`,
    name: 'Name',
    tags: 'Tags',
    newTag: 'New tag',
    add: 'Add',
    remove: (tag: string) => `Remove ${tag}`,
    save: 'Save',
    cancel: 'Cancel',
    failed: 'Not saved',
  },
  ru: {
    title: (uid: string) => `Название и метки модели ${uid}`,
    name: 'Название',
    tags: 'Метки',
    newTag: 'Новая метка',
    add: 'Добавить',
    remove: (tag: string) => `Убрать ${tag}`,
    save: 'Сохранить',
    cancel: 'Отмена',
    failed: 'Не сохранено',
  },
});

export function EditModel({ editing }: { editing: Signal<string | null> }) {
  const uid = editing.value;
  const close = () => {
    editing.value = null;
  };
  // As it was when the dialog opened: news of the training must not take back what is being typed.
  const model = uid === null ? null : (models.peek()?.get(uid) ?? null);
  return (
    <Dialog title={uid === null ? '' : t().title(shortUid(uid))} isOpen={uid !== null} onClose={close}>
      {model && <EditForm model={model} onClose={close} />}
    </Dialog>
  );
}

function EditForm({ model, onClose }: { model: ModelResource; onClose: () => void }) {
  const form = useNameAndTags(model, saved => {
    takeModel(saved);
    onClose();
  });
  const { name, tags, newTag, isSaving, refusal } = form;
  const tagField = useRef<HTMLInputElement>(null);
  const add = () => {
    form.add();
    tagField.current!.focus();
  };
  return (
    <form class="dialog" onSubmit={event => void form.save(event)}>
      <label class="field">
        <span>{t().name}</span>
        <input
          value={name.value}
          maxLength={LONGEST_NAME}
          onInput={event => {
            name.value = event.currentTarget.value;
          }}
        />
      </label>
      <fieldset class="field">
        <legend class="small muted models-legend">{t().tags}</legend>
        <div class="row models-tags">
          {tags.value.map(tag => (
            <button
              key={tag}
              type="button"
              class="models-tag"
              aria-label={t().remove(tag)}
              onClick={() => {
                form.remove(tag);
                tagField.current!.focus();
              }}
            >
              {tag} <span aria-hidden="true">×</span>
            </button>
          ))}
        </div>
        <div class="row models-new-tag">
          <input
            ref={tagField}
            aria-label={t().newTag}
            placeholder={t().newTag}
            list="models-known-tags"
            maxLength={LONGEST_TAG}
            value={newTag.value}
            onInput={event => {
              newTag.value = event.currentTarget.value;
            }}
            onKeyDown={event => addOnEnter(event, form, add)}
          />
          <button type="button" disabled={newTag.value.trim() === ''} onClick={add}>
            {t().add}
          </button>
        </div>
        <datalist id="models-known-tags">
          {tagsOf(models.peek()?.values() ?? [])
            .filter(tag => !tags.value.includes(tag))
            .map(tag => (
              <option key={tag} value={tag} />
            ))}
        </datalist>
      </fieldset>
      <Notices notices={refusal.value ? [failureNotice(t().failed, refusal.value)] : []} />
      <div class="row">
        <button type="submit" class="primary" disabled={isSaving.value}>
          {t().save}
        </button>
        <button type="button" onClick={onClose}>
          {t().cancel}
        </button>
      </div>
    </form>
  );
}
