/** A form for what people call a model: its name and its tags, as they are typed and until the service has them. The forms show it. */
import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import type { SleapError } from '../../client/sleap-error.ts';
import type { ModelResource } from '../../src/contract/model.ts';
import { asFailure, client } from '../api/client.ts';

/** As the service takes them (src/contract/model-changes.ts). */
export const LONGEST_NAME = 200;
export const LONGEST_TAG = 100;

export interface NameAndTags {
  name: Signal<string>;
  tags: ReadonlySignal<readonly string[]>;
  /** What stands in the field of a new tag; a tag may hold commas, so each is added by itself. */
  newTag: Signal<string>;
  isSaving: ReadonlySignal<boolean>;
  /** Why it was not saved; null: it was not refused. */
  refusal: ReadonlySignal<SleapError | null>;
  add: () => void;
  remove: (tag: string) => void;
  /** A tag that was begun is saved, too. */
  save: (event: SubmitEvent) => Promise<void>;
}

/** @param model as it was when the form opened. @param onSaved told what the service says then. */
export function useNameAndTags(model: ModelResource, onSaved: (model: ModelResource) => void): NameAndTags {
  const name = useSignal(model.name ?? '');
  const tags = useSignal<readonly string[]>(model.tags);
  const newTag = useSignal('');
  const isSaving = useSignal(false);
  const refusal = useSignal<SleapError | null>(null);
  const add = () => {
    tags.value = [...new Set([...tags.peek(), newTag.peek().trim()].filter(Boolean))];
    newTag.value = '';
  };
  return {
    ...{ name, tags, newTag, isSaving, refusal, add },
    remove(tag) {
      tags.value = tags.peek().filter(other => other !== tag);
    },
    async save(event) {
      event.preventDefault();
      add();
      isSaving.value = true;
      try {
        onSaved(await client.changeModel(model.model_uid, { name: name.peek(), tags: [...tags.peek()] }));
      } catch (thrown) {
        refusal.value = asFailure(thrown);
      } finally {
        isSaving.value = false;
      }
    },
  };
}

/** Enter adds a tag that was begun; in an empty field it saves. @param add adds it. */
export function addOnEnter(event: KeyboardEvent, { newTag }: NameAndTags, add: () => void): void {
  if (event.key !== 'Enter' || newTag.peek().trim() === '') return;
  event.preventDefault();
  add();
}
