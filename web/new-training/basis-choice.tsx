/** Opened from a model: whether only its configuration is taken, or its weights go on, and with which data. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SleapError } from '../../client/sleap-error.ts';
import { asFailure, client } from '../api/client.ts';
import { failureNotice, Notices } from '../frame/notices.tsx';
import { hrefOf } from '../frame/routes.ts';
import { words } from '../language/language.ts';
import { titleOf } from '../models/model-words.ts';
import { type Basis, basis, config, from } from './config-draft.ts';
import { baseModel } from './subject.ts';

const t = words({
  en: {
    from: 'From the model',
    what: 'What goes on',
    new: 'Only its configuration: a new network, with the data below',
    resumeOther: 'Its weights, with the data below (fine-tuning; the keypoints must be the same)',
    resumeSame: 'Its weights, with its own data',
    missing: 'The model to begin from cannot be shown',
    leave: 'Begin without it',
  },
  ru: {
    from: 'На основе модели',
    what: 'Что от неё взять',
    new: 'Только её настройки: новая сеть, с данными ниже',
    resumeOther: 'Её веса, с данными ниже (дообучение; точки должны быть те же)',
    resumeSame: 'Её веса, с её же данными',
    missing: 'Исходную модель нельзя показать',
    leave: 'Начать без неё',
  },
});

const CHOICES: readonly Basis[] = ['new', 'resumeOther', 'resumeSame'];

/** @param uid of the address. */
export function BasisChoice({ uid }: { uid: string }) {
  const failure = useSignal<SleapError | null>(null);
  useEffect(() => {
    const asking = new AbortController();
    client.model(uid, { signal: asking.signal }).then(
      model => {
        baseModel.value = model;
        // What was changed of it before a reload stays.
        if (from.peek() === uid) return;
        const { resume_from: _, ...own } = model.training_config;
        config.value = own;
        from.value = uid;
        basis.value = 'new';
      },
      thrown => {
        if (!asking.signal.aborted) failure.value = asFailure(thrown);
      },
    );
    return () => {
      asking.abort();
      baseModel.value = null;
    };
  }, [uid]);
  const word = t();
  if (failure.value) return <Notices notices={[failureNotice(word.missing, failure.value)]} />;
  const model = baseModel.value;
  if (model === null) return null;
  const isPossible = (choice: Basis) =>
    choice === 'new' ||
    (model.has_weights && !model.currently_training && (choice !== 'resumeSame' || model.origin === 'training'));
  return (
    <section class="card stack new-tight" aria-label={word.what}>
      <p class="row">
        {word.from} <a href={hrefOf(['models', uid])}>{titleOf(model)}</a>
        <a class="small" href={hrefOf(['new'])}>
          {word.leave}
        </a>
      </p>
      <fieldset class="stack new-tight">
        <legend class="visually-hidden">{word.what}</legend>
        {CHOICES.map(choice => (
          <label key={choice} class="check">
            <input
              type="radio"
              name="basis"
              checked={basis.value === choice}
              disabled={!isPossible(choice)}
              onChange={() => {
                basis.value = choice;
              }}
            />
            {word[choice as keyof typeof word]}
          </label>
        ))}
      </fieldset>
    </section>
  );
}
